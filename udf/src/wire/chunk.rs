use std::io::{self, BufRead};

use super::{cut_off, invalid};

/// Reads `<rows>\n`; `None` is the end of input, which may come only here.
///
/// A blank line is an error, not the end: otherwise a stream that is out of step could seem to end cleanly.
pub fn read_chunk_header(input: &mut impl BufRead) -> io::Result<Option<u64>> {
    let mut rows: Option<u64> = None;
    loop {
        let byte = match next_byte(input)? {
            Some(byte) => byte,
            None if rows.is_none() => return Ok(None),
            None => return Err(cut_off("a chunk header")),
        };
        rows = match (byte, rows) {
            (b'\n', Some(_)) => return Ok(rows),
            (b'\n', None) => return Err(invalid("blank chunk header: expected a number of rows")),
            (b'0'..=b'9', _) => {
                let digit = u64::from(byte - b'0');
                let grown = rows
                    .unwrap_or(0)
                    .checked_mul(10)
                    .and_then(|tens| tens.checked_add(digit));
                Some(grown.ok_or_else(|| invalid("chunk header exceeds 64 bits"))?)
            }
            _ => {
                return Err(invalid(format!(
                    "chunk header holds byte {byte:#04x}: expected a number of rows (is send_chunk_header set?)"
                )));
            }
        };
        // Leading zeros would let a header go on for ever.
        if rows == Some(0) && input.fill_buf()?.first().is_some_and(|next| *next != b'\n') {
            return Err(invalid("chunk header starts with a zero"));
        }
    }
}

fn next_byte(input: &mut impl BufRead) -> io::Result<Option<u8>> {
    let byte = loop {
        match input.fill_buf() {
            Ok(buffer) => break buffer.first().copied(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    };
    if byte.is_some() {
        input.consume(1);
    }
    Ok(byte)
}
