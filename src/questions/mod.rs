//! One folder a question: what may be asked (`question`), how it is asked (`ask`), judged (`judge`) and answered (`answer`). A question
//! knows no HTTP and no terminal, and of another question only what its `mod.rs` exports.

pub mod degrade;
pub mod differences;
pub mod error_groups;
pub mod health;
pub mod log_changes;
pub mod root_cause;
pub mod slo;
pub mod topology;
pub mod traces;

mod analyzer;

pub use analyzer::Analyzer;
