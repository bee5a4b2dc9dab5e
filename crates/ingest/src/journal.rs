//! systemd's export format: `KEY=value` lines, an empty line after each entry, and a length before values that are
//! no text.

use std::borrow::Cow;
use std::io::{BufRead, Read};

use super::convert::Cell;
use super::emit::{Emitter, ReadError};
use super::record::{Around, Fields, Records, Unfit};
use super::tally::Tally;

/// A longer value is damage.
const LONGEST_VALUE: u64 = 8 << 20;

/// Reads entries; the position of a row is its entry's number.
pub fn read(mut source: impl BufRead, records: &Records<'_>, emitter: &mut Emitter<'_>) -> Result<(), ReadError> {
    let mut tally = Tally::new(b"");
    let outcome = entries(&mut source, records, &mut tally, emitter);
    if matches!(outcome, Ok(()) | Err(ReadError::Failed(_))) {
        tally.finish(emitter)?;
    }
    outcome
}

fn entries(
    source: &mut impl BufRead,
    records: &Records<'_>,
    tally: &mut Tally,
    emitter: &mut Emitter<'_>,
) -> Result<(), ReadError> {
    let (mut pairs, mut line, mut number) = (Vec::new(), Vec::new(), 0);
    // The entry as it stands in the file.
    let mut whole = Vec::new();
    loop {
        line.clear();
        let count = source.by_ref().take(LONGEST_VALUE).read_until(b'\n', &mut line)?;
        whole.extend_from_slice(&line);
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        if text.is_empty() {
            if !pairs.is_empty() {
                number += 1;
                tally.begin(number, emitter);
                entry(std::mem::take(&mut pairs), number, records, emitter)?;
                tally.end(whole.trim_ascii_end(), emitter)?;
            }
            whole.clear();
            if count == 0 {
                return Ok(());
            }
            continue;
        }
        let key = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if let Some(equals) = memchr::memchr(b'=', text) {
            pairs.push((key(&text[..equals]), text[equals + 1..].to_vec()));
            continue;
        }
        let name = key(text);
        let mut length = [0; 8];
        source.read_exact(&mut length)?;
        let length = u64::from_le_bytes(length);
        if length > LONGEST_VALUE {
            return Err(ReadError::Failed(format!(
                "entry {}: {name} is {length} bytes long",
                number + 1
            )));
        }
        let mut value = vec![0; length as usize];
        source.read_exact(&mut value)?;
        source.read_exact(&mut [0])?;
        whole.extend_from_slice(&value);
        pairs.push((name, value));
    }
}

fn entry(
    pairs: Vec<(String, Vec<u8>)>,
    number: u64,
    records: &Records<'_>,
    emitter: &mut Emitter<'_>,
) -> Result<(), ReadError> {
    let mut fields = Fields::default();
    for (key, value) in pairs {
        fields.push(Cow::Owned(key), Cell::Text(Cow::Owned(value)), None);
    }
    match records.row(&fields, Around::default()) {
        Ok((values, nanos)) => emitter.row(&values, number, nanos)?,
        Err(Unfit::NoTime) => emitter.refuse(number, "a required field is missing", "no __REALTIME_TIMESTAMP"),
        Err(Unfit::Refused((kind, detail))) => emitter.refuse(number, kind, &detail),
    }
    Ok(())
}
