//! Requests that failed or were slow, and one trace in detail.

mod answer;
mod ask;
mod links;
mod question;
mod tree;

pub use answer::{Line, Listed, OnPath, SelfTime, Span, Trace, TraceList};
pub use ask::{find, links_of, one};
pub use links::Link;
pub use question::Traces;
