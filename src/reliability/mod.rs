//! The reliability view: how each service does, how fast it burns its budget, what fails, one request in detail, and which service an incident
//! comes from, and whom it hurts.
//!
//! [`correlate()`] asks ClickHouse the statements in `sql/reliability/`, several at once. The rest of it does no I/O: [`parts`] turns rows into
//! [`scores`], [`fusion`] ranks the services by them, [`propagation`] tells a cause from its victims, [`confidence`] says how sure the first one
//! is, and [`blast`] judges who is hurt.
//! No service's name and no number that was fitted to one system enters a score.

mod ask;
pub mod blast;
pub mod burn_windows;
pub mod confidence;
mod correlate;
pub mod degrade;
pub mod error_patterns;
pub mod fusion;
pub mod health;
pub mod metered;
pub mod metric_names;
pub mod parts;
pub mod propagation;
pub mod requests;
pub mod rows;
pub mod scores;
pub mod slo;
pub mod topology;
pub mod traces;

pub use correlate::correlate;
