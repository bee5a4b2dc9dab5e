//! What a caller asks, read and checked: instants, windows, baselines and named values, and the errors that a caller may see.
//!
//! It does no I/O and knows no question's meaning.

pub mod asked;
pub mod baseline;
mod error;
mod known;
pub mod time;
pub mod window;

pub use asked::Asked;
pub use baseline::Baseline;
pub use error::{Cause, Error, if_there};
pub use known::{Known, ValueKind};
pub use window::Window;

/// The outcome of anything that a request asks for.
pub type Result<T, E = Error> = std::result::Result<T, E>;
