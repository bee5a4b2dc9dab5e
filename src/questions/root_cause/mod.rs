//! Which service an incident comes from, how sure that is, and whom it hurts.
//!
//! [`correlate()`] asks the statements in `sql/root_cause/`, several at once. The rest of it does no I/O: [`parts`] turns rows into
//! [`scores`], [`fusion`] ranks the services by them, [`propagation`] tells a cause from its victims, [`confidence`] says how sure the first
//! one is, [`naming`] whether it is named at all, and [`blast`] judges who is hurt. No service's name and no number that was fitted to one system enters a score.

mod answer;
mod ask;
mod blast;
mod confidence;
mod correlate;
mod fusion;
mod measured;
mod naming;
mod parts;
mod propagation;
mod question;
mod rows;
mod scores;
mod traffic;

pub use answer::{
    Answer, BlastRadius, Call, Evidence, EvidenceKind, Moment, MomentKind, Parts, RootCause, Suspect, Trace,
};
pub use blast::{Affected, Class, HurtBy};
pub use correlate::correlate;
pub use question::Correlate;
