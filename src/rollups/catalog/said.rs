//! A line as the catalog compares it: its severity, the attributes that tell how it ended, and its message, as `sql/_logs/said.sql` puts
//! them together for lines that are stored.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use kulprit_patterns::shape::framed;

/// How many bytes of an attribute's value count.
const VALUE_BYTES: usize = 64;

/// The names of the attributes that tell how a line ended: those of the statements.
static TELLING: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let list = include_str!("../../../sql/_logs/telling_attributes.sql");
    list.split('\'').skip(1).step_by(2).collect()
});

/// A pair of an attribute's name and its value.
pub type Attribute<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

/// Writes the line with this severity, these attributes and this message.
pub fn said(severity: &[u8], attributes: &[Attribute<'_>], message: &[u8], out: &mut Vec<u8>) {
    let mut telling: Vec<_> = attributes
        .iter()
        .filter(|(name, _)| std::str::from_utf8(name).is_ok_and(|name| TELLING.contains(name)))
        .collect();
    telling.sort_by(|left, right| left.0.cmp(&right.0));
    let mut text = Vec::new();
    for (name, value) in telling {
        if !text.is_empty() {
            text.push(b' ');
        }
        text.extend_from_slice(name);
        text.push(b'=');
        text.extend_from_slice(&value[..value.len().min(VALUE_BYTES)]);
    }
    framed(severity, &text, message, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_tells_how_a_line_ended_is_taken_from_the_attributes() {
        let pair = |name: &'static str, value: &'static str| (Cow::from(name.as_bytes()), Cow::from(value.as_bytes()));
        let mut line = Vec::new();
        let attributes = [pair("user", "u7"), pair("status", "502"), pair("exit_code", "1")];
        said(b"ERROR", &attributes, b"refused", &mut line);
        assert_eq!(line, b"\x1eERROR\x1fexit_code=1 status=502\x1frefused");
    }
}
