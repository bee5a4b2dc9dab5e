//! How the services do in a window, held against a baseline.

mod answer;
mod ask;
mod judge;
mod question;

pub use answer::{CountedFrom, Health, Measures, Point, ServiceHealth, Status};
pub use ask::{by_metrics, is_seen, services};
pub use question::{SOURCES, ServiceRow, Services, Source};
