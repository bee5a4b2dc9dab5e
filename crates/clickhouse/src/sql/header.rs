//! The comment that opens every SQL file: purpose, parameters, columns, what it reads and what it calls.

use anyhow::{Context, Result, bail, ensure};

/// A file's header, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub purpose: String,
    pub params: Vec<Placeholder>,
    pub columns: Vec<Column>,
    pub reads: Vec<String>,
    pub calls: Vec<String>,
}

/// A parameter: its name and ClickHouse type. In a header it also has a meaning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Placeholder {
    pub name: String,
    pub kind: String,
    pub meaning: String,
}

/// A column that the query returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: String,
    pub meaning: String,
}

impl Header {
    /// Reads the header of a rendered statement.
    pub fn parse(text: &str) -> Result<Self> {
        let mut header = Self {
            purpose: String::new(),
            params: vec![],
            columns: vec![],
            reads: vec![],
            calls: vec![],
        };
        let mut section = "";
        for line in text.lines().take_while(|line| line.starts_with("--")) {
            let line = line.trim_start_matches("--");
            let (name, rest) = match line.trim_start().split_once(':') {
                Some((name @ ("Purpose" | "Params" | "Columns" | "Reads" | "Calls"), rest)) => (name, rest.trim()),
                _ => ("", line.trim()),
            };
            if !name.is_empty() {
                section = name;
            }
            if rest.is_empty() {
                continue;
            }
            let continued = name.is_empty() && line.starts_with(CONTINUED);
            match section {
                "Params" if continued => {
                    continue_meaning(header.params.last_mut().map(|param| &mut param.meaning), rest)?
                }
                "Columns" if continued => {
                    continue_meaning(header.columns.last_mut().map(|column| &mut column.meaning), rest)?;
                }
                "Purpose" => header.purpose = format!("{} {rest}", header.purpose).trim().to_owned(),
                "Params" => {
                    let (name, kind, meaning) = described(rest)?;
                    header.params.push(Placeholder { name, kind, meaning });
                }
                "Columns" => {
                    let (name, kind, meaning) = described(rest)?;
                    header.columns.push(Column { name, kind, meaning });
                }
                "Reads" => header.reads.extend(listed(rest)),
                "Calls" => header.calls.extend(listed(rest)),
                _ => bail!("the header must begin with `-- Purpose:`, not `{line}`"),
            }
        }
        ensure!(!header.purpose.is_empty(), "the header states no purpose");
        Ok(header)
    }
}

/// How a line begins that goes on with the meaning of the parameter or column above it.
const CONTINUED: &str = "      ";

fn continue_meaning(meaning: Option<&mut String>, rest: &str) -> Result<()> {
    let meaning = meaning.with_context(|| format!("`{rest}` continues nothing"))?;
    if !meaning.is_empty() {
        meaning.push(' ');
    }
    meaning.push_str(rest);
    Ok(())
}

/// `name Type  meaning`: two blanks end the type. The meaning may stand on the lines below.
fn described(line: &str) -> Result<(String, String, String)> {
    let (name, rest) = line
        .split_once(' ')
        .with_context(|| format!("`{line}` names no type"))?;
    let (kind, meaning) = rest.split_once("  ").unwrap_or((rest, ""));
    Ok((name.to_owned(), kind.trim().to_owned(), meaning.trim().to_owned()))
}

fn listed(line: &str) -> impl Iterator<Item = String> {
    line.split(',')
        .map(|item| item.trim().to_owned())
        .filter(|item| !item.is_empty())
}

/// The placeholders `{name:Type}` of a statement outside its header, sorted and without repeats. Text in quotes is passed over.
pub fn placeholders(text: &str) -> Vec<Placeholder> {
    let mut found = Vec::new();
    replace_placeholders(text, |name, kind| {
        found.push(Placeholder {
            name: name.to_owned(),
            kind: kind.to_owned(),
            meaning: String::new(),
        });
        String::new()
    });
    found.sort();
    found.dedup();
    found
}

/// Rewrites each `{name:Type}` outside comments and quotes by `with(name, type)`.
pub(super) fn replace_placeholders(text: &str, mut with: impl FnMut(&str, &str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '\'', '`', '-']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with(['\'', '`']) {
            quoted_length(rest)
        } else if let Some((name, kind, length)) = placeholder(rest) {
            out.push_str(&with(name, kind));
            rest = &rest[length..];
            continue;
        } else {
            1
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out.push_str(rest);
    out
}

fn quoted_length(text: &str) -> usize {
    let quote = text.as_bytes()[0];
    let mut bytes = text.bytes().enumerate().skip(1);
    while let Some((at, byte)) = bytes.next() {
        if byte == b'\\' {
            bytes.next();
        } else if byte == quote {
            return at + 1;
        }
    }
    text.len()
}

/// A placeholder at the start of `text`: its name, its type, and how many bytes it takes. The type may hold quotes but no brace.
fn placeholder(text: &str) -> Option<(&str, &str, usize)> {
    let end = text.find('}')?;
    let (name, kind) = text[1..end].split_once(':')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then_some((name, kind.trim(), end + 1))
}
