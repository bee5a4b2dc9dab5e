//! Where requests, lines and spans come from: which metrics count requests, which tables hold them, which servers are read in place, and what one
//! question reads of them.

mod gather;
pub mod loki;
pub mod place;
pub mod prometheus;
pub mod request_metrics;
pub mod sampling;
mod stretches;
pub mod tempo;
pub mod working_set;

/// The servers that `config` names.
pub fn places(config: &config::Sources) -> Vec<Place> {
    let all = [
        loki::place(&config.loki),
        tempo::place(&config.tempo),
        prometheus::place(&config.prometheus),
    ];
    all.into_iter().flatten().collect()
}

/// The addresses below which ClickHouse must be allowed to read, as regular expressions.
pub fn granted(config: &config::Sources) -> Vec<String> {
    places(config).iter().map(Place::granted).collect()
}

pub use gather::{Gathered, Kind, Needs, SourceRead, gather};
pub use place::Place;

use crate::config;
