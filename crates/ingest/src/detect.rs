//! What a file is, by its beginning.

use serde_json::value::RawValue;

use crate::convert::Object;
use crate::csv;
use crate::input::{Format, Input};
use crate::keys;
use crate::table::Table;

/// How the objects of a JSON file stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Parquet,
    /// One object a line; with `strict`, a line that is none is refused, otherwise it is a line of text.
    JsonLines {
        strict: bool,
    },
    /// An array of objects, or objects over several lines.
    JsonDocument,
    /// systemd's export format.
    JournalExport,
    Csv,
    Plain,
}

/// Tells what `head`, a file's first bytes, begins.
///
/// # Errors
/// What kind of binary file it is.
pub fn kind(input: &Input, format: Option<Format>, table: Table, head: &[u8], whole: bool) -> Result<Kind, String> {
    let by_name = format.or_else(|| input.format_by_name());
    if by_name == Some(Format::Parquet) || format.is_none() && head.starts_with(b"PAR1") {
        return Ok(Kind::Parquet);
    }
    if format.is_none()
        && let Some(binary) = binary(head)
    {
        return Err(binary);
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    Ok(match by_name {
        Some(Format::Csv) => Kind::Csv,
        Some(Format::Plain) => Kind::Plain,
        Some(Format::JsonLines) => json(text, whole).unwrap_or(Kind::JsonLines { strict: true }).strictly(),
        Some(Format::Parquet) | None
            if text.starts_with(b"__CURSOR=") || text.starts_with(b"__REALTIME_TIMESTAMP=") =>
        {
            Kind::JournalExport
        }
        Some(Format::Parquet) | None => {
            json(text, whole).unwrap_or_else(|| if is_csv(text, table) { Kind::Csv } else { Kind::Plain })
        }
    })
}

impl Kind {
    /// Whether the file is read line by line.
    pub fn is_lines(self) -> bool {
        matches!(self, Self::JsonLines { .. } | Self::Plain)
    }

    fn strictly(self) -> Self {
        match self {
            Self::JsonLines { .. } => Self::JsonLines { strict: true },
            other => other,
        }
    }
}

/// How the text is JSON, if it is.
fn json(text: &[u8], whole: bool) -> Option<Kind> {
    let opens =
        |text: &[u8]| text.starts_with(b"{") && matches!(text[1..].trim_ascii_start().first(), Some(b'"' | b'}'));
    if text.starts_with(b"[") && (opens(text[1..].trim_ascii_start()) || text.trim_ascii() == b"[]") {
        return Some(Kind::JsonDocument);
    }
    if !text.contains(&b'{') {
        return None;
    }
    // The last line may be cut.
    let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    if !whole && lines.len() > 1 {
        lines.pop();
    }
    let full: Vec<&[u8]> = lines
        .iter()
        .map(|line| line.trim_ascii())
        .filter(|line| !line.is_empty())
        .take(200)
        .collect();
    let objects = full.iter().filter(|line| is_object(line)).count();
    if objects * 2 > full.len() || objects > 0 && is_object(full.first()?) && objects * 4 > full.len() {
        return Some(Kind::JsonLines { strict: false });
    }
    if is_object(full.first()?) {
        return None;
    }
    // An object over several lines.
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<&RawValue>();
    let first = opens(text).then(|| values.next()).flatten()?;
    match first {
        Ok(_) => Some(Kind::JsonDocument),
        Err(error) if error.is_eof() && !whole => Some(Kind::JsonDocument),
        Err(_) => None,
    }
}

fn is_object(line: &[u8]) -> bool {
    line.starts_with(b"{") && serde_json::from_slice::<Object<'_>>(line).is_ok()
}

/// Whether the first line is a header that names a time and a message.
fn is_csv(text: &[u8], table: Table) -> bool {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let Ok(line) = std::str::from_utf8(line) else {
        return false;
    };
    let names: Vec<&str> = line
        .trim()
        .split(char::from(csv::delimiter(line.as_bytes())))
        .map(|name| name.trim().trim_matches('"'))
        .collect();
    let fields = keys::assign(table, &names, |_, _| true);
    let filled = |name: &&str| table.column_index(name).is_some_and(|index| fields[index].is_some());
    names.len() > 1 && table.required_columns().iter().all(filled)
}

/// The kind of a file that holds no text.
fn binary(head: &[u8]) -> Option<String> {
    const BEGINNINGS: &[(&[u8], &str)] = &[
        (b"\x7fELF", "a program"),
        (b"MZ\x90\0", "a program"),
        (b"PK\x03\x04", "a zip archive: unpack it first"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"%PDF-", "a PDF document"),
        (b"SQLite format 3\0", "an SQLite database"),
        (
            b"LPKSHHRH",
            "systemd's journal: pass `journalctl -o json` to standard input",
        ),
        (b"ElfFile\0", "a Windows event log: export it as text or JSON"),
        (b"\xca\xfe\xba\xbe", "a Java class"),
    ];
    if let Some((_, what)) = BEGINNINGS.iter().find(|(start, _)| head.starts_with(start)) {
        return Some(format!("it is {what}"));
    }
    if head.get(257..262) == Some(b"ustar") {
        return Some("it is a tar archive: unpack it first".to_owned());
    }
    // Blocks of zeros are what a crash leaves in a text file.
    let sample: Vec<u8> = head.iter().copied().filter(|byte| *byte != 0).take(8192).collect();
    let control = |byte: &&u8| matches!(**byte, 0x01..=0x06 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f);
    let controls = sample.iter().filter(control).count();
    (sample.len() >= 256 && controls * 20 > sample.len()).then(|| "it holds no text".to_owned())
}
