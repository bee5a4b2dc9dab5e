//! Who calls whom, how often and how well.

mod answer;
mod ask;
mod graph;
mod question;

pub use answer::{Edge, Topology};
pub use ask::find;
pub use graph::{EdgeRow, downstream, is_sparse, upstream};
