//! Arrays in ClickHouse's RowBinary format: a length, then the elements one after the other, little-endian.

use std::io::{self, BufRead, Write};

use super::{cut_off, read_varint, varint::named, write_varint};

/// Replaces `values` by an `Array(UInt64)`.
pub fn read_u64_array(input: &mut impl BufRead, values: &mut Vec<u64>) -> io::Result<()> {
    values.clear();
    let mut left = read_varint(input)?;
    while left > 0 {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Err(cut_off("an array"));
        }
        let (whole, _) = buffer.as_chunks::<8>();
        let taken = whole.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if taken == 0 {
            // The element lies across the end of the buffer.
            let mut bytes = [0; 8];
            input.read_exact(&mut bytes).map_err(|error| named(error, "an array"))?;
            values.push(u64::from_le_bytes(bytes));
            left -= 1;
            continue;
        }
        values.extend(whole[..taken].iter().map(|bytes| u64::from_le_bytes(*bytes)));
        input.consume(taken * 8);
        left -= taken as u64;
    }
    Ok(())
}

/// Replaces `values` by an array whose elements `read` reads.
pub fn read_array<R: BufRead, T>(
    input: &mut R,
    values: &mut Vec<T>,
    mut read: impl FnMut(&mut R) -> io::Result<T>,
) -> io::Result<()> {
    values.clear();
    // Nothing is reserved ahead: with a false length of 2^60, reading fails where the input ends.
    for _ in 0..read_varint(input)? {
        values.push(read(input)?);
    }
    Ok(())
}

/// Writes an `Array(Tuple(Float64, …))` of `N` elements a tuple.
pub fn write_f64_tuples<const N: usize>(
    output: &mut impl Write,
    tuples: impl ExactSizeIterator<Item = [f64; N]>,
) -> io::Result<()> {
    write_varint(output, tuples.len() as u64)?;
    for value in tuples.flatten() {
        output.write_all(&value.to_le_bytes())?;
    }
    Ok(())
}

/// Writes an `Array(UInt64)`.
pub fn write_u64_array(output: &mut impl Write, values: &[u64]) -> io::Result<()> {
    write_varint(output, values.len() as u64)?;
    for value in values {
        output.write_all(&value.to_le_bytes())?;
    }
    Ok(())
}
