//! The answer to `/query_logs`: groups of log lines by pattern, best first, with totals that add up.

use serde::Serialize;

use crate::config::RelativeChange;
use crate::query::pattern_changes::PatternChange;
use crate::query::window::Window;

/// What `/query_logs` and `kulprit analyze --format json` answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    pub log_groups: Vec<LogGroup>,
    pub scope: Scope,
    pub window: Window,
    pub baseline: Window,
    pub totals: Totals,
    /// `udf`: patterns by `kulprit_shape`; `sql`: by a plain SQL mask, for a user who may only read.
    pub patterns: &'static str,
    /// What the reader should know about this answer; empty when nothing is amiss.
    pub warnings: Vec<String>,
}

/// One pattern that changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogGroup {
    pub representative_logs: Vec<String>,
    /// (current share − baseline share) ÷ smoothed baseline share, or the same in per cent; always finite.
    pub relative_change: f64,
    /// In nats.
    pub kl_contribution: f64,
    /// A 64-bit id as text, since a JSON number may lose digits.
    pub pattern_id: String,
    pub pattern: String,
    pub service: String,
    pub current_count: u64,
    pub baseline_count: u64,
    /// Lines per minute.
    pub current_rate: f64,
    pub baseline_rate: f64,
    pub status: String,
    pub g2: f64,
    pub p_value: f64,
    pub q_value: f64,
}

/// Whose lines were counted, and what said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scope {
    pub org: String,
    /// Empty means all services.
    pub services: Vec<String>,
    pub attributes: Vec<Attribute>,
    /// `mapping`, `metric_name`, `org`, `request` or `all`.
    pub matched_by: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attribute {
    pub key: String,
    pub value: String,
}

/// Counts over all patterns: what is shown plus what is not.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Totals {
    pub current_count: u64,
    pub baseline_count: u64,
    pub patterns: u64,
    /// Lines of the patterns that are not in `log_groups`.
    pub other_current_count: u64,
    pub other_baseline_count: u64,
    /// Σ of `kl_contribution` over all patterns, in nats.
    pub kl_divergence: f64,
    /// In nats, 0 to ln 2.
    pub jensen_shannon: f64,
}

/// What the answer says besides its rows.
#[derive(Debug, Clone)]
pub struct Frame {
    pub scope: Scope,
    pub window: Window,
    pub baseline: Window,
    pub patterns: &'static str,
    pub unit: RelativeChange,
    pub warnings: Vec<String>,
}

/// Shapes rows, which stand in rank order, into the answer.
pub fn answer(rows: Vec<PatternChange>, frame: Frame) -> Answer {
    let mut totals = rows.first().map_or_else(Totals::default, |row| Totals {
        current_count: row.current_total,
        baseline_count: row.baseline_total,
        patterns: row.pattern_total,
        other_current_count: row.current_total,
        other_baseline_count: row.baseline_total,
        kl_divergence: finite(row.kl_total),
        jensen_shannon: finite(row.jensen_shannon),
    });
    for row in &rows {
        totals.other_current_count = totals.other_current_count.saturating_sub(row.current_count);
        totals.other_baseline_count = totals.other_baseline_count.saturating_sub(row.baseline_count);
    }
    let mut warnings = frame.warnings;
    if totals.current_count == 0 {
        warnings.push("the window holds no log lines in this scope".to_owned());
    }
    if totals.baseline_count == 0 {
        warnings.push("the baseline window holds no log lines in this scope: every pattern counts as new".to_owned());
    }
    let group = |row| log_group(row, frame.unit, minutes(&frame.window), minutes(&frame.baseline));
    Answer {
        log_groups: rows.into_iter().map(group).collect(),
        scope: frame.scope,
        window: frame.window,
        baseline: frame.baseline,
        totals,
        patterns: frame.patterns,
        warnings,
    }
}

fn log_group(row: PatternChange, unit: RelativeChange, current_minutes: f64, baseline_minutes: f64) -> LogGroup {
    LogGroup {
        representative_logs: row.representative_logs,
        relative_change: finite(row.relative_change * unit.factor()),
        kl_contribution: finite(row.kl_contribution),
        pattern_id: row.pattern_id.to_string(),
        pattern: row.pattern,
        service: row.service,
        current_count: row.current_count,
        baseline_count: row.baseline_count,
        current_rate: finite(row.current_count as f64 / current_minutes),
        baseline_rate: finite(row.baseline_count as f64 / baseline_minutes),
        status: row.status,
        g2: finite(row.g2),
        p_value: finite(row.p_value),
        q_value: finite(row.q_value),
    }
}

fn minutes(window: &Window) -> f64 {
    window.duration().as_secs_f64() / 60.0
}

/// JSON has no NaN and no infinity, and a client that meets null where it wants a number fails.
fn finite(number: f64) -> f64 {
    if number.is_nan() {
        0.0
    } else {
        number.clamp(f64::MIN, f64::MAX)
    }
}
