//! Which service an incident comes from, and whom it hurts.
//!
//! [`correlate()`] asks ClickHouse the statements in `sql/reliability/`, several at once. The rest does no I/O: [`parts`] turns rows into
//! [`scores`], [`fusion`] ranks the services by them, [`propagation`] tells a cause from its victims, [`confidence`] says how sure the first one is, and [`blast`] judges who is hurt.
//! No service's name and no number that was fitted to one system enters a score.

mod ask;
pub mod blast;
pub mod confidence;
mod correlate;
pub mod fusion;
pub mod parts;
pub mod propagation;
pub mod rows;
pub mod scores;

pub use correlate::correlate;
