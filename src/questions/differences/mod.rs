//! What sets lines apart: which attributes the lines of a window or of a changed pattern have beyond what is usual, and which the
//! requests that failed have beyond the others.

mod answer;
mod ask;
mod judge;
mod question;
mod request;
mod rows;
mod sentence;

pub use answer::{Difference, Differences, HeldTo, LeftOut};
pub use ask::{add_to, find, of_patterns, of_requests, of_window};
pub use question::{Lines, PatternGroup, Requests};
pub use request::{Asked, Of};
pub use rows::DifferenceRow;
