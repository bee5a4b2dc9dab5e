use std::io::{self, BufRead, Read, Write};

use super::{cut_off, read_varint, write_varint};

/// Reads a length and that many bytes, and calls `use_bytes` with the bytes.
///
/// A string that is whole in the reader's buffer is borrowed from there; any other is collected in `spill`, which keeps
/// its capacity for the next.
pub fn read_string<T>(
    input: &mut impl BufRead,
    spill: &mut Vec<u8>,
    use_bytes: impl FnOnce(&[u8]) -> T,
) -> io::Result<T> {
    let length = read_varint(input)?;
    if length == 0 {
        // `fill_buf` would wait for bytes that ClickHouse sends only after our answer.
        return Ok(use_bytes(&[]));
    }
    if let Ok(whole) = usize::try_from(length)
        && let Some(bytes) = input.fill_buf()?.get(..whole)
    {
        let result = use_bytes(bytes);
        input.consume(whole);
        return Ok(result);
    }
    spill.clear();
    // `read_to_end` grows with what arrives: a false length of 2^60 costs no memory.
    let read = input.by_ref().take(length).read_to_end(spill)?;
    if (read as u64) < length {
        return Err(cut_off("a string"));
    }
    Ok(use_bytes(spill))
}

/// Writes a length and the bytes.
pub fn write_string(output: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    write_varint(output, bytes.len() as u64)?;
    output.write_all(bytes)
}
