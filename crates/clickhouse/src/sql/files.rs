//! The SQL files, compiled into the binary.

/// Each file under `sql/` by its path without the ending, in alphabetical order (`build.rs` makes the list). A file or folder whose
/// name begins with `_` is a part of other files.
pub const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sql_files.rs"));

/// The statements' names, parts left out, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name).filter(|name| is_statement(name))
}

/// Whether `name` is a statement by itself, and no part of others.
pub(super) fn is_statement(name: &str) -> bool {
    !name.split('/').any(|part| part.starts_with('_'))
}
