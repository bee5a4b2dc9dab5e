//! One segment of a path as text: `shop%2Fcart` is the service `shop/cart`.

use std::convert::Infallible;
use std::str::FromStr;

use crate::{Error, Result};
use kulprit_request::fields::LONGEST_TEXT;

/// A segment as it was sent.
pub struct Segment(String);

impl FromStr for Segment {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl Segment {
    /// The text that the segment stands for. `name` is what an error calls it.
    pub fn text(&self, name: &str) -> Result<String> {
        let text = decoded(self.0.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok());
        text.filter(|text| !text.trim().is_empty() && text.chars().count() <= LONGEST_TEXT)
            .ok_or_else(|| {
                Error::field(
                    name,
                    format!("give percent-encoded UTF-8 of at most {LONGEST_TEXT} characters"),
                )
            })
    }
}

/// Percent-decoding of RFC 3986; none where `%` is not followed by two hexadecimal digits.
fn decoded(mut text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    while let Some((first, rest)) = text.split_first() {
        text = rest;
        if *first != b'%' {
            out.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(text.get(..2)?).ok()?;
        if digits.starts_with('+') {
            return None;
        }
        out.push(u8::from_str_radix(digits, 16).ok()?);
        text = text.get(2..)?;
    }
    Some(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_percent_decoded_or_refused() {
        let text = |segment: &str| Segment(segment.to_owned()).text("name").ok();
        assert_eq!(text("shop%2Fcart%20%C3%A9").as_deref(), Some("shop/cart é"));
        for refused in ["%", "%2", "%zz", "%+1", "%ff", "%20", ""] {
            assert_eq!(text(refused), None, "{refused:?}");
        }
    }
}
