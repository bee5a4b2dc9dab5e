//! What an incident freezes, and how it reads afterwards: snapshots of the analyses' answers, and post-mortems of them. The store itself is
//! the crate `kulprit_incidents`.

mod alerts;
mod complete;
mod document;
mod frozen;
mod parts;
mod post_mortem;
mod take_snapshot;

pub use alerts::{Alert, Webhook};
pub use complete::keep_completing;
pub use document::{AskedStatement, Question};
pub use frozen::{Frozen, Missing};
pub use post_mortem::post_mortem;
pub use take_snapshot::take_snapshot;
