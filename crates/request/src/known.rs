//! The names that a request may hold, as data: what is refused and what is documented follow from the same list.

/// A value that a request may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    pub name: &'static str,
    pub kind: ValueKind,
    pub is_needed: bool,
    pub meaning: &'static str,
}

/// What a value is. In a query string all of them are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    Text,
    Number,
    /// True or false.
    Flag,
    /// A list of texts.
    Texts,
    /// Texts by key.
    Pairs,
}

impl Known {
    /// A text that may be left out.
    pub const fn text(name: &'static str, meaning: &'static str) -> Self {
        Self {
            name,
            kind: ValueKind::Text,
            is_needed: false,
            meaning,
        }
    }

    /// The same as a value of another kind.
    pub const fn of(self, kind: ValueKind) -> Self {
        Self { kind, ..self }
    }

    /// The same as a value that must be there.
    pub const fn needed(self) -> Self {
        Self {
            is_needed: true,
            ..self
        }
    }
}
