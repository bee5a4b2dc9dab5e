//! Service level objectives: how fast services burn their error budgets.

mod answer;
mod ask;
mod judge;
mod question;
pub mod windows;

pub use answer::{Burn, SloAnswer, Status, span};
pub use ask::status;
pub use windows::Severity;
