//! JSON lines: one object a line.

use std::io::BufRead;

use super::convert::{Cell, Object};
use super::emit::{Emitter, Halt};
use super::keys;
use super::lines::{Lines, without_newline};
use super::record::{Fault, Records};

/// A longer line is refused: an object can only be read as a whole.
const LONGEST_LINE: usize = 8 << 20;

/// Reads one object a line; a line that is none is refused and the next one read.
pub fn read(source: impl BufRead, records: &Records<'_>, emitter: &mut Emitter) -> Result<(), Halt> {
    let mut lines = Lines::new(source, LONGEST_LINE);
    let (mut piece, mut number) = (Vec::new(), 0);
    while let Some(flags) = lines.next(&mut piece)? {
        if !flags.starts {
            continue;
        }
        number += 1;
        if !flags.ends {
            emitter.refuse(
                number,
                "the line is too long",
                &format!("more than {LONGEST_LINE} bytes"),
            );
            continue;
        }
        let mut line = without_newline(&piece).trim_ascii();
        if number == 1 {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
            if line.starts_with(b"[") {
                let hint = "it is one JSON array, not one object a line (`jq -c '.[]'` makes lines of it)";
                return Err(Halt::Failed(hint.to_owned()));
            }
        }
        if line.is_empty() {
            continue;
        }
        if let Err((kind, detail)) = row(line, number, records, emitter)? {
            emitter.refuse(number, kind, &detail);
        }
    }
    Ok(())
}

/// Hands over one line's row; the inner result tells what is wrong with the line.
fn row(line: &[u8], number: u64, records: &Records<'_>, emitter: &mut Emitter) -> Result<Result<(), Fault>, Halt> {
    let broken = |error: serde_json::Error| ("not a JSON object", error.to_string());
    let Object(pairs) = match serde_json::from_slice(line) {
        Ok(object) => object,
        Err(error) => return Ok(Err(broken(error))),
    };
    let keys: Vec<&str> = pairs.iter().map(|(key, _)| key.as_str()).collect();
    let cells = match pairs
        .iter()
        .map(|(_, raw)| Cell::from_json(raw))
        .collect::<Result<Vec<_>, _>>()
    {
        Ok(cells) => cells,
        Err(error) => return Ok(Err(broken(error))),
    };
    let fields = keys::assign(records.table, &keys, |field, ty| cells[field].suits(ty));
    match records.row(&fields, &keys, &cells, Some(line)) {
        Ok((values, nanos)) => emitter.row(&values, number, nanos).map(Ok),
        Err(fault) => Ok(Err(fault)),
    }
}
