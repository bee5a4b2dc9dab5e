use std::io::{self, BufRead, Write};

use super::{cut_off, invalid};

/// A 64-bit number in groups of seven bits takes ten bytes at most.
const MAX_BYTES: usize = 10;

/// Reads an unsigned LEB128 number: the length of strings and arrays in RowBinary and Native.
pub fn read_varint(input: &mut impl BufRead) -> io::Result<u64> {
    let mut value = 0;
    for index in 0..MAX_BYTES {
        let mut byte = [0];
        input.read_exact(&mut byte).map_err(|error| named(error, "a length"))?;
        let bits = u64::from(byte[0] & 0x7f);
        if index == MAX_BYTES - 1 && byte[0] > 1 {
            break;
        }
        value |= bits << (7 * index);
        if byte[0] < 0x80 {
            return Ok(value);
        }
    }
    Err(invalid("length exceeds 64 bits"))
}

/// Writes an unsigned LEB128 number.
pub fn write_varint(output: &mut impl Write, mut value: u64) -> io::Result<()> {
    let mut bytes = [0; MAX_BYTES];
    let mut used = 0;
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        bytes[used] = if value == 0 { low } else { low | 0x80 };
        used += 1;
        if value == 0 {
            return output.write_all(&bytes[..used]);
        }
    }
}

pub(super) fn named(error: io::Error, what: &str) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => cut_off(what),
        _ => error,
    }
}
