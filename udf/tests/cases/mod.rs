//! The table of divergence cases (`udf/testdata/divergence_cases.json`): every implementation of the scores must agree
//! with it.
//!
//! The values were computed from the textbook formulas with 60 digits, not by this code; each case says how.
#![allow(dead_code, clippy::unwrap_used)]

use serde::Deserialize;

/// By how much an implementation may differ, relative to the larger of 1 and the value.
pub const TOLERANCE: f64 = 1e-12;

#[derive(Debug, Deserialize)]
pub struct Case {
    pub name: String,
    pub derivation: String,
    pub current: Vec<u64>,
    pub baseline: Vec<u64>,
    pub scores: Vec<ExpectedScore>,
    pub kullback_leibler: f64,
    pub jensen_shannon: f64,
}

#[derive(Debug, Deserialize)]
pub struct ExpectedScore {
    pub kl: f64,
    pub relative_change: f64,
    pub g2: f64,
    pub p_value: f64,
    pub q_value: f64,
}

impl ExpectedScore {
    pub fn columns(&self) -> [f64; 5] {
        [self.kl, self.relative_change, self.g2, self.p_value, self.q_value]
    }
}

pub fn load() -> Vec<Case> {
    serde_json::from_str(include_str!("../../testdata/divergence_cases.json")).unwrap()
}

/// Fails, naming the case and the column, unless `found` are the case's scores.
pub fn assert_scores(case: &Case, found: &[[f64; 5]]) {
    assert_eq!(found.len(), case.scores.len(), "{}: number of scores", case.name);
    for (row, (expected, found)) in case.scores.iter().zip(found).enumerate() {
        let columns = ["kl", "relative_change", "g2", "p_value", "q_value"];
        for ((column, expected), found) in columns.iter().zip(expected.columns()).zip(found) {
            assert_close(&format!("{}[{row}].{column}", case.name), *found, expected);
        }
    }
}

pub fn assert_close(what: &str, found: f64, expected: f64) {
    let allowed = TOLERANCE * found.abs().max(expected.abs()).max(1.0);
    assert!(
        (found - expected).abs() <= allowed,
        "{what}: found {found:e}, expected {expected:e}"
    );
}

/// A case of the ranking (`udf/testdata/changes_cases.json`): windows of five minutes, twelve slices of the past, of which
/// the last is the baseline.
#[derive(Debug, Deserialize)]
pub struct ChangesCase {
    pub name: String,
    pub why: String,
    #[serde(default = "all")]
    pub limit: u64,
    /// Service, message, lines in each slice of the past, lines in the current window.
    pub patterns: Vec<(String, String, Vec<u64>, u64)>,
    /// In the order of the ranking: message, status, what it is kept for.
    pub expected: Vec<(String, String, u64)>,
}

/// Seconds of a window, and of a slice.
pub const CHANGES_SECONDS: u64 = 300;

fn all() -> u64 {
    100
}

pub fn load_changes() -> Vec<ChangesCase> {
    serde_json::from_str(include_str!("../../testdata/changes_cases.json")).unwrap()
}

/// Fails, naming the case, unless `found` is what is expected.
pub fn assert_changes(case: &ChangesCase, found: &[(String, String, u64)]) {
    assert_eq!(found, &case.expected[..], "{}: {}", case.name, case.why);
}
