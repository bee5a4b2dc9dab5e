//! What the statements of `sql/differences/` answer.

use clickhouse::Row;
use serde::Deserialize;

/// A value of an attribute, or the attribute itself, on both sides of a group; the columns are explained in the SQL files' header.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub struct DifferenceRow {
    pub group_id: u32,
    pub kind: String,
    pub source: String,
    pub key: String,
    pub value: String,
    pub target: u64,
    pub usual: u64,
    pub target_read: u64,
    pub usual_read: u64,
    pub target_total: u64,
    pub usual_total: u64,
    pub usual_is_own: u8,
    pub effect: f64,
    pub g2: f64,
    pub dispersion: f64,
    pub p_value: f64,
    pub q_value: f64,
    pub values: u64,
    pub target_witnesses: Vec<u32>,
    pub usual_witnesses: Vec<u32>,
}

impl DifferenceRow {
    /// Whether the group that is asked about has it more often than usual.
    pub fn is_up(&self) -> bool {
        self.target_share() > self.usual_share()
    }

    pub fn target_share(&self) -> f64 {
        share(self.target, self.target_read)
    }

    pub fn usual_share(&self) -> f64 {
        share(self.usual, self.usual_read)
    }
}

fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}
