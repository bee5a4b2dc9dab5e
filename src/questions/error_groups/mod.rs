//! What fails: error lines by route, status and pattern, with counts that add up.

mod answer;
mod ask;
mod question;

pub use answer::{ErrorGroup, ErrorGroups};
pub use ask::find;
pub use question::ErrorPatterns;
