//! JSON: one object a line, or a document that holds many.

use std::borrow::Cow;
use std::io::BufRead;

use super::convert::{Cell, Object};
use super::emit::{Emitter, ReadError};
use super::envelope;
use super::keys;
use super::lines::{End, Lines, without_newline};
use super::position::{Mark, Position, Print};
use super::record::{Around, Fault, Fields, Records, Unfit};
use super::table::Table;
use super::tally::Tally;

/// A longer line is refused: an object can only be read as a whole.
pub const LONGEST_LINE: usize = 8 << 20;
/// An object of a document may be larger: exports put everything into one.
const LONGEST_OBJECT: usize = 64 << 20;
/// Where objects stand in objects, so many levels are looked into.
const DEPTH: usize = 3;

/// What became of a record.
#[derive(Debug)]
pub enum Outcome {
    /// It is handed over, with this time.
    Taken(i64),
    /// It has no time, and none was offered.
    NoTime,
    Refused(Fault),
}

/// Reads one object a line, from `from` on; a line that is none is refused and the next one read.
pub fn read_lines(
    source: impl BufRead,
    from: Mark,
    end: End,
    records: &Records<'_>,
    emitter: &mut Emitter<'_>,
) -> Result<(), ReadError> {
    let mut lines = Lines::new(source, LONGEST_LINE).beginning_at(from.at);
    let (mut piece, mut number, mut at) = (Vec::new(), from.line - 1, from.at);
    let mut before = Vec::new();
    let position = |at, lines, before: &[u8]| Position {
        at,
        lines,
        before: Print::of_end(before),
        ..Position::default()
    };
    let outcome = loop {
        match lines.next(&mut piece) {
            Ok(None) => break Ok(()),
            Err(error) => break Err(ReadError::from(error)),
            Ok(Some(flags)) if !flags.whole && end != End::Whole => break Ok(()),
            Ok(Some(flags)) => {
                if flags.starts {
                    number += 1;
                    emitter.at(Mark { at, line: number });
                    if flags.ends {
                        line(&piece, number, records, emitter)?;
                    } else {
                        refuse_long(emitter, number);
                    }
                }
                at = lines.at();
                if emitter.is_due(at) {
                    emitter.hand_over(position(at, number, &piece))?;
                }
            }
        }
        std::mem::swap(&mut piece, &mut before);
    };
    emitter.hand_over(position(at, number, &before))?;
    outcome
}

fn line(piece: &[u8], number: u64, records: &Records<'_>, emitter: &mut Emitter<'_>) -> Result<(), ReadError> {
    let mut line = without_newline(piece).trim_ascii();
    if number == 1 {
        line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    }
    if line.is_empty() {
        return Ok(());
    }
    let outcome = object(line, number, records, Around::default(), emitter)?;
    refuse_unfit(outcome, number, emitter);
    Ok(())
}

pub fn refuse_long(emitter: &mut Emitter<'_>, number: u64) {
    let detail = format!("more than {LONGEST_LINE} bytes");
    emitter.refuse(number, "the line is too long", &detail);
}

fn refuse_unfit(outcome: Outcome, number: u64, emitter: &mut Emitter<'_>) {
    match outcome {
        Outcome::Taken(_) => {}
        Outcome::NoTime => emitter.refuse(number, "a required field is missing", "no Timestamp"),
        Outcome::Refused((kind, detail)) => emitter.refuse(number, kind, &detail),
    }
}

/// Reads a document: an array of objects, or objects one after the other, over as many lines as they like. Positions
/// are the objects' numbers.
pub fn read_document(
    mut source: impl BufRead,
    records: &Records<'_>,
    emitter: &mut Emitter<'_>,
) -> Result<(), ReadError> {
    let mut tally = Tally::new(b"");
    let outcome = document(&mut source, records, &mut tally, emitter);
    if matches!(outcome, Ok(()) | Err(ReadError::Failed(_))) {
        tally.finish(emitter)?;
    }
    outcome
}

fn document(
    source: &mut impl BufRead,
    records: &Records<'_>,
    tally: &mut Tally,
    emitter: &mut Emitter<'_>,
) -> Result<(), ReadError> {
    let (mut object_text, mut number) = (Vec::new(), 0);
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    let mut last = None;
    if source.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        source.consume(3);
    }
    loop {
        let bytes = source.fill_buf()?;
        if bytes.is_empty() {
            break;
        }
        let mut full = None;
        for (index, byte) in bytes.iter().enumerate() {
            if depth == 0 && *byte != b'{' {
                if !byte.is_ascii_whitespace() && !b",[]\x1e".contains(byte) {
                    let what = char::from(*byte);
                    return Err(ReadError::Failed(format!(
                        "{what:?} stands after object {number}, where an object is needed"
                    )));
                }
                continue;
            }
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b'{' | b'[' if !quoted => depth += 1,
                b'}' | b']' if !quoted => depth -= 1,
                _ => {}
            }
            object_text.push(*byte);
            if depth == 0 {
                full = Some(index + 1);
                break;
            }
        }
        let used = full.unwrap_or(bytes.len());
        source.consume(used);
        if full.is_some() {
            number += 1;
            let around = Around {
                time: last.map(|nanos| (nanos, Some("previous"))),
                ..Around::default()
            };
            tally.begin(number, emitter);
            let outcome = object(&object_text, number, records, around, emitter)?;
            if let Outcome::Taken(nanos) = outcome {
                last = Some(nanos);
            }
            refuse_unfit(outcome, number, emitter);
            tally.end(&object_text, emitter)?;
            object_text.clear();
        } else if object_text.len() > LONGEST_OBJECT {
            return Err(ReadError::Failed(format!(
                "object {} is longer than {LONGEST_OBJECT} bytes: give one object a line (`jq -c '.[]'` makes lines of an array)",
                number + 1
            )));
        }
    }
    if object_text.is_empty() {
        Ok(())
    } else {
        Err(ReadError::Failed(format!("object {} is cut off", number + 1)))
    }
}

/// Hands over the rows of one object: one, or as many as an envelope holds.
pub fn object(
    text: &[u8],
    number: u64,
    records: &Records<'_>,
    around: Around<'_>,
    emitter: &mut Emitter<'_>,
) -> Result<Outcome, ReadError> {
    let broken = |error: serde_json::Error| Outcome::Refused(("not a JSON object", error.to_string()));
    let object: Object = match serde_json::from_slice(text) {
        Ok(object) => object,
        Err(error) => return Ok(broken(error)),
    };
    if records.table == Table::OtelLogs
        && let Some(inner) = envelope::open(&object)
    {
        let mut outcome = Outcome::NoTime;
        for record in inner {
            let taken = self::object(record.as_bytes(), number, records, around, emitter)?;
            match (taken, &outcome) {
                (Outcome::Taken(nanos), _) => outcome = Outcome::Taken(nanos),
                (unfit, Outcome::Taken(_)) => refuse_unfit(unfit, number, emitter),
                (unfit, _) => outcome = unfit,
            }
        }
        return Ok(outcome);
    }
    if records.table == Table::OtelLogs
        && let Some(inner) = envelope::unwrapped(&object)
    {
        return self::object(inner.as_bytes(), number, records, around, emitter);
    }
    let fields = match fields(&object, records) {
        Ok(fields) => fields,
        Err(error) => return Ok(broken(error)),
    };
    let around = Around {
        line: Some(text),
        ..around
    };
    match records.row(&fields, around) {
        Ok((values, nanos)) => emitter.row(&values, number, nanos).map(|()| Outcome::Taken(nanos)),
        Err(Unfit::Refused(fault)) => Ok(Outcome::Refused(fault)),
        Err(Unfit::NoTime) => Ok(Outcome::NoTime),
    }
}

/// Whether `text` is an object that tells its time.
pub fn is_timed(text: &[u8], records: &Records<'_>) -> bool {
    let object = serde_json::from_slice(text).ok();
    object
        .and_then(|object| fields(&object, records).ok())
        .is_some_and(|fields| records.row(&fields, Around::default()).is_ok())
}

/// An object's fields, and those of the objects in it that tell something about the record.
fn fields<'c>(object: &Object<'c>, records: &Records<'_>) -> Result<Fields<'c>, serde_json::Error> {
    let mut fields = Fields::default();
    for (key, raw) in &object.0 {
        let cell = Cell::from_json(raw)?;
        let inner = inner(key, &cell, records);
        let parent = fields.push(Cow::Owned(key.clone()), cell, None);
        if let Some(inner) = inner {
            open(inner, parent, 1, records, &mut fields)?;
        }
    }
    if records.table == Table::OtelLogs && !records.tells(&fields) {
        for parent in 0..fields.keys.len() {
            if let (Cell::Json(text), None) = (&fields.cells[parent], fields.parents[parent])
                && text.starts_with('{')
            {
                unwrap(text, "", parent, &mut fields);
            }
        }
    }
    Ok(fields)
}

/// Takes what tells something about the record out of an object of any name, and out of the objects in it.
fn unwrap<'c>(text: &'c str, within: &str, parent: usize, fields: &mut Fields<'c>) {
    let Ok(Object(pairs)) = serde_json::from_str(text) else {
        return;
    };
    for (key, raw) in pairs {
        let Ok(cell) = Cell::from_json(raw) else { continue };
        let key = format!("{within}{key}");
        match cell {
            Cell::Json(inner) if within.is_empty() && inner.starts_with('{') => {
                unwrap(inner, &format!("{key}."), parent, fields);
            }
            cell if keys::is_wrapped(&key) => {
                fields.push(Cow::Owned(key), cell, Some(parent));
            }
            _ => {}
        }
    }
}

fn open<'c>(
    object: Object<'c>,
    parent: usize,
    depth: usize,
    records: &Records<'_>,
    fields: &mut Fields<'c>,
) -> Result<(), serde_json::Error> {
    let mut time = [None, None];
    for (key, raw) in object.0 {
        let cell = Cell::from_json(raw)?;
        match (keys::plain(&key).as_ref(), &cell) {
            ("epochsecond" | "seconds", Cell::Number(number)) => time[0] = Some(*number),
            ("nanoofsecond" | "nanos", Cell::Number(number)) => time[1] = Some(*number),
            _ => {}
        }
        let key = format!("{}.{key}", fields.keys[parent]);
        let inner = (depth < DEPTH).then(|| inner(&key, &cell, records)).flatten();
        let index = fields.push(Cow::Owned(key), cell, Some(parent));
        if let Some(inner) = inner {
            open(inner, index, depth + 1, records, fields)?;
        }
    }
    // Seconds and the nanoseconds within, as log4j and protobuf write an instant.
    if let [Some(seconds), nanos] = time {
        let text = format!("{seconds}.{:0>9}", nanos.unwrap_or("0"));
        let key = format!("{}.time", fields.keys[parent]);
        fields.push(Cow::Owned(key), Cell::Text(Cow::Owned(text.into_bytes())), Some(parent));
    }
    Ok(())
}

fn inner<'c>(key: &str, cell: &Cell<'c>, records: &Records<'_>) -> Option<Object<'c>> {
    match cell {
        Cell::Json(text)
            if records.table == Table::OtelLogs && text.starts_with('{') && keys::is_opened(key, records.names) =>
        {
            serde_json::from_str(text).ok()
        }
        _ => None,
    }
}
