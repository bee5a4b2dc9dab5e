//! What sets the lines or requests of a group apart.

use kulprit_request::Window;
use serde::{Deserialize, Serialize};

use super::judge::facts;
use super::rows::DifferenceRow;
use super::sentence;
use crate::sources::SourceRead;
use crate::text::finite;

/// What `GET /api/v1/differences` answers, and `/query_logs` of the window as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Differences {
    /// What has the largest effect first, and what is more frequent than usual before what is missing. Attributes that mark the same lines
    /// are one entry. Empty when nothing sets them apart.
    pub differences: Vec<Difference>,
    pub held_to: HeldTo,
    /// Lines or requests in the group that is asked about.
    pub count: u64,
    /// Those in the group that it is held against.
    pub usual_count: u64,
    /// Attributes whose values are not compared.
    pub left_out: Vec<LeftOut>,
    pub window: Window,
    /// What the window is held against; the first one of a median. Null for requests, which are held against others of the window.
    pub baseline: Option<Window>,
    pub warnings: Vec<String>,
    /// What was read in place; where anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<SourceRead>>,
}

/// What lines or requests are held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeldTo {
    /// All lines of the baseline.
    Baseline,
    /// The same pattern's lines in the baseline, where it has 200.
    Pattern,
    /// All lines of the service in the baseline, since the pattern is new or had few lines.
    Service,
    /// All lines of the service in the window, since the pattern is gone: `count` is of the baseline.
    ServiceNow,
    /// The requests of the window that did not fail.
    OtherRequests,
}

/// One thing that sets them apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Difference {
    /// Where the attribute is: `resource`, `log`, `span`, or `column`, which is a column such as the service or the level.
    pub source: String,
    pub key: String,
    /// Null when it is the attribute itself that appears or vanishes.
    pub value: Option<String>,
    /// `new` (never so in what is usual), `gone` (none is), `up` or `down`.
    pub status: String,
    /// Lines or requests with it, of those that were read.
    pub count: u64,
    /// Those that were read.
    pub total: u64,
    pub share: f64,
    /// The same in what it is held against.
    pub usual_count: u64,
    pub usual_total: u64,
    pub usual_share: f64,
    pub held_to: HeldTo,
    pub sentence: String,
    /// (p − q)·ln(p/q) over smoothed shares, in nats; what is shown is ranked by it.
    pub effect: f64,
    pub g2: f64,
    /// How many times more than chance the share varies, at least 1: from time to time, and since lines of a request are alike.
    pub dispersion: f64,
    /// Of `g2` ÷ `dispersion`.
    pub p_value: f64,
    /// The false discovery rate; what is over 0.001 is not shown.
    pub q_value: f64,
    /// What nearly all these lines have as well, such as `host.name = node-3` of a pod; where more lines usually have it, it says less.
    pub same: Vec<String>,
}

/// An attribute whose values are not compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LeftOut {
    pub source: String,
    pub key: String,
    /// `ids` (nearly every line has its own), `moments` (each value at one time only), `numbers` (measured values, but for one that most
    /// lines have), or `message` (one value for each text, such as a line of code).
    pub why: String,
    pub values: u64,
}

/// What a group's rows say.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub differences: Vec<Difference>,
    pub held_to: HeldTo,
    pub count: u64,
    pub usual_count: u64,
    pub left_out: Vec<LeftOut>,
    pub warnings: Vec<String>,
}

/// Judges the rows of one group; at most `limit` differences. None: it has no lines on either side.
pub fn group(rows: &[DifferenceRow], held_to: impl Fn(&DifferenceRow) -> HeldTo, limit: usize) -> Option<Group> {
    let all = rows.iter().find(|row| row.kind == "all")?;
    let held_to = held_to(all);
    let is_fact = |row: &&DifferenceRow| matches!(row.kind.as_str(), "value" | "key");
    let found: Vec<DifferenceRow> = rows.iter().filter(is_fact).cloned().collect();
    let differences = facts(all, &found)
        .into_iter()
        .take(limit)
        .map(|fact| difference(fact.row, &fact.same, held_to))
        .collect();
    let left_out = rows.iter().filter(|row| row.kind == "left_out").map(|row| LeftOut {
        source: row.source.clone(),
        key: row.key.clone(),
        why: row.value.clone(),
        values: row.values,
    });
    Some(Group {
        differences,
        held_to,
        count: all.target_total,
        usual_count: all.usual_total,
        left_out: left_out.collect(),
        warnings: sampled(all, held_to),
    })
}

/// Says how many lines were read, where it was not all of them.
fn sampled(all: &DifferenceRow, held_to: HeldTo) -> Vec<String> {
    let what = if held_to == HeldTo::OtherRequests {
        "requests"
    } else {
        "lines"
    };
    let read = [
        (all.target_read, all.target_total, "asked about"),
        (all.usual_read, all.usual_total, "that they are held against"),
    ];
    read.iter()
        .filter(|(read, total, _)| read < total)
        .map(|(read, total, which)| {
            format!("a sample answers: {read} of the {total} {what} {which} were read, so the counts are of those")
        })
        .collect()
}

fn difference(row: &DifferenceRow, same: &[&DifferenceRow], held_to: HeldTo) -> Difference {
    let status = match (row.target, row.usual) {
        (_, 0) => "new",
        (0, _) => "gone",
        _ if row.is_up() => "up",
        _ => "down",
    };
    Difference {
        source: row.source.clone(),
        key: row.key.clone(),
        value: value(row),
        status: status.to_owned(),
        count: row.target,
        total: row.target_read,
        share: row.target_share(),
        usual_count: row.usual,
        usual_total: row.usual_read,
        usual_share: row.usual_share(),
        held_to,
        sentence: sentence::of_fact(row, same, held_to),
        effect: finite(row.effect),
        g2: finite(row.g2),
        dispersion: finite(row.dispersion),
        p_value: finite(row.p_value),
        q_value: finite(row.q_value),
        same: same.iter().map(|row| named(row)).collect(),
    }
}

fn named(row: &DifferenceRow) -> String {
    match value(row) {
        Some(value) => format!("{} = {value}", row.key),
        None => row.key.clone(),
    }
}

fn value(row: &DifferenceRow) -> Option<String> {
    (row.kind == "value").then(|| row.value.clone())
}
