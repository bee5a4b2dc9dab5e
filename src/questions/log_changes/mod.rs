//! Which log patterns changed between a window and its baseline, and which services' logs are unlike their own past.

mod answer;
mod ask;
mod onset;
mod question;
mod request;
mod sentence;
mod services_answer;
mod services_question;

pub use answer::{Answer, Counted, HeldAgainst, LogGroup, PatternChange, Totals};
pub use ask::{pattern_changes, service_changes};
pub use question::{PatternChanges, Source, columns};
pub use request::QueryLogs;
pub use services_answer::ChangedService;
pub use services_question::ServiceChanges;
