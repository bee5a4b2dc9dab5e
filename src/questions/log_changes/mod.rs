//! Which log patterns changed between a window and its baseline, and which services' logs are unlike their own past.

mod answer;
mod ask;
pub mod choices;
mod groups;
mod onset;
mod question;
mod quiet;
mod rare;
mod request;
mod sentence;
mod services;
mod services_answer;
mod services_question;

pub use answer::{Answer, Counted, HeldAgainst, PatternChange, Totals};
pub use ask::{changes, service_changes};
pub use groups::{Finding, LogGroup};
pub use question::{PatternChanges, Slices, Source, columns};
pub use request::QueryLogs;
pub use services::ServiceFinding;
pub use services_answer::ChangedService;
pub use services_question::ServiceChanges;
