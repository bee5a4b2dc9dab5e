//! The answer to `/query_logs`: groups of log lines by pattern, best first, with totals that add up.

use std::borrow::Cow;

use clickhouse::Row;
use jiff::Timestamp;
use kulprit_divergence::rate_p_value;
use serde::{Deserialize, Serialize};

use super::{onset, sentence};
use crate::config::RelativeChange;
use crate::questions::differences::{Difference, Differences};
use crate::scope::Scope;
use crate::text::finite;
use kulprit_request::Baseline;
use kulprit_request::Window;

/// One pattern's row; the columns are explained in the SQL file's header.
#[derive(Debug, Clone, PartialEq, Row, Serialize, Deserialize)]
pub struct PatternChange {
    pub place: u64,
    pub service: String,
    pub pattern_id: u64,
    pub pattern: String,
    pub representative_logs: Vec<String>,
    pub current_count: u64,
    pub baseline_count: u64,
    pub kl_contribution: f64,
    pub relative_change: f64,
    pub g2: f64,
    pub dispersion: f64,
    pub p_value: f64,
    pub q_value: f64,
    pub strength: f64,
    pub status: String,
    pub current_total: u64,
    pub baseline_total: u64,
    pub pattern_total: u64,
    pub kl_total: f64,
    pub jensen_shannon: f64,
    pub baseline_totals: Vec<u64>,
    pub course: Vec<u64>,
    pub past_lines: Vec<u64>,
}

impl PatternChange {
    /// Whether this row says that some minute in the windows is not rolled up yet.
    pub fn is_ledger(&self) -> bool {
        self.pattern_id == 0
    }
}

/// What `/query_logs` and `kulprit analyze --format json` answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Answer {
    pub log_groups: Vec<LogGroup>,
    pub scope: Scope,
    pub window: Window,
    pub baseline: HeldAgainst,
    pub totals: Totals,
    /// `udf`: patterns by `kulprit_shape`; `sql`: by a plain SQL mask, for a user who may only read.
    pub patterns: Cow<'static, str>,
    /// What the reader should know about this answer; empty when nothing is amiss.
    pub warnings: Vec<String>,
    /// What sets the lines of the window as a whole apart from those of the baseline; where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differences: Option<Differences>,
}

/// One pattern that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
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
    /// (current rate − baseline rate) ÷ smoothed baseline rate; always finite.
    pub rate_change: f64,
    /// `new`, `gone`, `up`, `down`, or `same`, which is q over 0.05.
    pub status: String,
    /// The minute in which it began to change; null when it is the same.
    pub since: Option<Timestamp>,
    pub sentence: String,
    /// Of the pattern against the other lines of its service.
    pub g2: f64,
    /// How many times more than chance the pattern wobbled before, at least 1.
    pub dispersion: f64,
    /// Of `g2` ÷ `dispersion`. Groups whose q is at most 0.05 stand first, ranked by effect; the others by `g2` ÷ `dispersion`.
    pub p_value: f64,
    pub q_value: f64,
    /// What sets the lines of a changed pattern apart: from its own in the baseline, or, where it is new, from all of its service; where it
    /// was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differences: Option<Vec<Difference>>,
}

/// The baseline window; for a median the first of its windows, and all of them with their lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct HeldAgainst {
    #[serde(flatten)]
    pub window: Window,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub median_of: Vec<Counted>,
}

/// A baseline window and its lines. One without lines does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Counted {
    #[serde(flatten)]
    pub window: Window,
    pub lines: u64,
}

/// Counts over all patterns: what is shown plus what is not.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
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
    /// Lines per minute.
    pub current_rate: f64,
    pub baseline_rate: f64,
    /// (current rate − baseline rate) ÷ smoothed baseline rate: what the shares hide when all patterns rise or fall together.
    pub rate_change: f64,
    /// The probability of such a change of the rate when it is as uneven as before.
    pub rate_p_value: f64,
}

/// What the answer says besides its rows.
#[derive(Debug, Clone)]
pub struct Frame {
    pub scope: Scope,
    pub window: Window,
    pub baseline: Baseline,
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
        ..Totals::default()
    });
    let lengths = (minutes(&frame.window), minutes(&frame.baseline.first));
    let past = rows.first().map_or(&[][..], |row| &row.past_lines);
    totals.rate_p_value = finite(rate_p_value(totals.current_count, totals.baseline_count, lengths, past));
    let rates = Rates::new(totals.current_count, totals.baseline_count, lengths);
    (totals.current_rate, totals.baseline_rate, totals.rate_change) = (rates.current, rates.baseline, rates.change);
    for row in &rows {
        totals.other_current_count = totals.other_current_count.saturating_sub(row.current_count);
        totals.other_baseline_count = totals.other_baseline_count.saturating_sub(row.baseline_count);
    }
    let baseline_totals = rows.first().map_or(&[][..], |row| &row.baseline_totals);
    let baseline = held_against(&frame.baseline, baseline_totals);
    let mut warnings = frame.warnings;
    if totals.current_count == 0 {
        warnings.push("the window holds no log lines in this scope".to_owned());
    }
    if totals.baseline_count == 0 {
        warnings.push("the baseline window holds no log lines in this scope: every pattern counts as new".to_owned());
    }
    warnings.extend(windows_without_lines(&baseline));
    warnings.extend(uniform_change(&totals));
    let group = |row| log_group(row, frame.unit, &frame.window, lengths);
    Answer {
        log_groups: rows.into_iter().map(group).collect(),
        scope: frame.scope,
        window: frame.window,
        baseline,
        totals,
        patterns: frame.patterns.into(),
        warnings,
        differences: None,
    }
}

fn held_against(baseline: &Baseline, totals: &[u64]) -> HeldAgainst {
    let lines = totals.iter().copied().chain(std::iter::repeat(0));
    let windows = baseline.windows().zip(lines);
    HeldAgainst {
        window: baseline.first,
        median_of: if baseline.more.is_empty() {
            vec![]
        } else {
            windows
                .map(|(window, lines)| Counted { window: *window, lines })
                .collect()
        },
    }
}

/// Says which windows of a median had no lines in them, unless none had: that is said already.
fn windows_without_lines(baseline: &HeldAgainst) -> Option<String> {
    let (empty, filled): (Vec<&Counted>, Vec<_>) = baseline.median_of.iter().partition(|counted| counted.lines == 0);
    (!empty.is_empty() && !filled.is_empty()).then(|| {
        let begins: Vec<String> = empty.iter().map(|counted| counted.window.from.to_string()).collect();
        format!(
            "the baseline is the median of {} of {} windows: there are no log lines in the one from {}",
            filled.len(),
            baseline.median_of.len(),
            begins.join(", nor in the one from ")
        )
    })
}

/// Lines per minute in both windows.
struct Rates {
    current: f64,
    baseline: f64,
    change: f64,
}

impl Rates {
    fn new(current: u64, baseline: u64, (current_minutes, baseline_minutes): (f64, f64)) -> Self {
        let rate = |lines: f64, minutes: f64| lines / minutes.max(f64::MIN_POSITIVE);
        let (now, before) = (
            rate(current as f64, current_minutes),
            rate(baseline as f64, baseline_minutes),
        );
        // Half a line more, as in the shares, so that a pattern without a baseline has a finite change.
        let smoothed = rate(baseline as f64 + 0.5, baseline_minutes);
        Self {
            current: finite(now),
            baseline: finite(before),
            change: finite((now - before) / smoothed),
        }
    }
}

/// A rate that changed by half or more says something that no ranking of shares can show.
fn uniform_change(totals: &Totals) -> Option<String> {
    let ratio = totals.current_rate / totals.baseline_rate;
    let is_large = !(2.0 / 3.0..1.5).contains(&ratio);
    (totals.baseline_count > 0 && totals.current_count > 0 && is_large && totals.rate_p_value <= 0.01).then(|| {
        format!(
            "all lines together went from {:.1} to {:.1} per minute: shares do not show what all patterns did alike, rate_change does",
            totals.baseline_rate, totals.current_rate
        )
    })
}

fn log_group(row: PatternChange, unit: RelativeChange, window: &Window, lengths: (f64, f64)) -> LogGroup {
    let rates = Rates::new(row.current_count, row.baseline_count, lengths);
    let usual = row.baseline_count as f64 / (lengths.1 * 60.0);
    let since = (row.status != "same").then(|| onset::onset(window, &row.course, usual));
    LogGroup {
        sentence: sentence::of_group(
            &row.pattern,
            (rates.baseline, rates.current),
            &row.service,
            &row.status,
            since,
        ),
        representative_logs: row.representative_logs,
        relative_change: finite(row.relative_change * unit.factor()),
        kl_contribution: finite(row.kl_contribution),
        pattern_id: row.pattern_id.to_string(),
        pattern: row.pattern,
        service: row.service,
        current_count: row.current_count,
        baseline_count: row.baseline_count,
        current_rate: rates.current,
        baseline_rate: rates.baseline,
        rate_change: rates.change,
        status: row.status,
        since,
        g2: finite(row.g2),
        dispersion: finite(row.dispersion),
        p_value: finite(row.p_value),
        q_value: finite(row.q_value),
        differences: None,
    }
}

fn minutes(window: &Window) -> f64 {
    window.duration().as_secs_f64() / 60.0
}
