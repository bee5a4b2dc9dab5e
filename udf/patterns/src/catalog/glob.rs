//! The wildcard of user rules: `*` stands for any text.

/// A text in which `*` (also written `<*>`) stands for any run of bytes; all else stands for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    source: String,
    parts: Vec<Vec<u8>>,
}

impl Glob {
    pub fn new(source: &str) -> Self {
        let parts = source
            .replace("<*>", "*")
            .split('*')
            .map(|part| part.as_bytes().to_vec())
            .collect();
        Glob {
            source: source.to_owned(),
            parts,
        }
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the whole of `text` matches.
    pub fn matches(&self, text: &[u8]) -> bool {
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.first().is_some_and(|only| only == text);
        };
        let Some(mut rest) = text
            .strip_prefix(first.as_slice())
            .and_then(|rest| rest.strip_suffix(last.as_slice()))
        else {
            return false;
        };
        // Each part is matched as far left as possible, which leaves the most text for the parts behind it.
        for part in middle.iter().filter(|part| !part.is_empty()) {
            let Some(at) = rest.windows(part.len()).position(|window| window == part) else {
                return false;
            };
            rest = &rest[at + part.len()..];
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn a_star_stands_for_any_text() {
        for (glob, text, expected) in [
            ("login of * failed", "login of alice failed", true),
            ("login of <*> failed", "login of <num> failed", true),
            ("login of * failed", "login of alice failed twice", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a*a", "a", false),
            ("a*b*c", "a b b c", true),
            ("*b*", "abc", true),
        ] {
            assert_eq!(Glob::new(glob).matches(text.as_bytes()), expected, "{glob} on {text}");
        }
    }
}
