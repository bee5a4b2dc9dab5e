//! What an incident freezes, and how it reads afterwards: snapshots of the analyses' answers, and post-mortems of them. The store itself is
//! the crate `kulprit_incidents`.

mod parts;
mod post_mortem;
mod server_version;
mod snapshot;
mod taking;

pub use post_mortem::post_mortem;
pub use snapshot::Question;
pub use taking::Camera;
