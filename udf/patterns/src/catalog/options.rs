//! What a user may add to the built-in rules.

use super::glob::Glob;

/// How many distinct shapes a catalog holds unless told otherwise.
pub const DEFAULT_MAX_SHAPES: usize = 1_000_000;

/// Additions to the built-in rules; the default adds nothing. In every rule `*` stands for any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogOptions {
    /// Words to mask, as they stand in a shape: `tenant-*` masks the word `tenant-blue`.
    pub masks: Vec<Glob>,
    /// Patterns whose text matches are marked as ignored; their lines still count in totals.
    pub ignore: Vec<Glob>,
    /// Patterns made by hand: a shape whose whole text matches belongs to the first that does, whatever the rules say.
    pub patterns: Vec<NamedPattern>,
    /// The most distinct shapes to hold; the rarest beyond share the overflow pattern.
    pub max_shapes: usize,
}

/// A pattern made by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPattern {
    pub name: String,
    pub text: Glob,
}

impl Default for CatalogOptions {
    fn default() -> Self {
        CatalogOptions {
            masks: Vec::new(),
            ignore: Vec::new(),
            patterns: Vec::new(),
            max_shapes: DEFAULT_MAX_SHAPES,
        }
    }
}
