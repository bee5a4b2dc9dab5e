//! Service level objectives: how fast services burn their error budgets.

mod answer;
mod ask;
mod judge;
mod question;
pub mod windows;

pub use answer::{BudgetStatus, Burn, ObjectiveKind, SloAnswer, Status, span};
pub use ask::{judged, status};
pub use windows::Severity;
