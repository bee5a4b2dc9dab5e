//! The answer to `/query_logs`: groups of log lines by pattern, best first, with totals that add up.

use std::borrow::Cow;

use clickhouse::Row;
use jiff::Timestamp;
use kulprit_divergence::rate_p_value;
use serde::{Deserialize, Serialize};

use super::choices::Choices;
use super::groups::{self, LogGroup, Rates};
use super::onset::step_seconds;
use super::rare::Known;
use super::services::{self, ServiceFinding};
use crate::config::RelativeChange;
use crate::questions::differences::Differences;
use crate::scope::Scope;
use crate::sources::SourceRead;
use crate::text::finite;
use kulprit_request::Baseline;
use kulprit_request::Window;
use kulprit_udf::SLICES;

/// One pattern's row; the columns are explained in the SQL file's header.
#[derive(Debug, Clone, PartialEq, Row, Serialize, Deserialize)]
pub struct PatternChange {
    pub place: u64,
    pub service: String,
    pub pattern_id: u64,
    pub pattern: String,
    pub representative_logs: Vec<String>,
    pub name: String,
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
    pub kept_for: u64,
    pub current_total: u64,
    pub baseline_total: u64,
    pub pattern_total: u64,
    pub kl_total: f64,
    pub jensen_shannon: f64,
    pub baseline_totals: Vec<u64>,
    pub steps: Vec<u64>,
    pub service_lines: Vec<u64>,
    pub past_lines: Vec<u64>,
    pub left_out: Vec<u64>,
}

impl PatternChange {
    /// Whether it is kept for this reason, one of `kulprit_divergence`'s.
    pub fn is_kept_for(&self, reason: u64) -> bool {
        self.kept_for & reason != 0
    }

    /// Its lines in each slice of the past.
    pub fn past(&self) -> &[u64] {
        &self.steps[..self.steps.len().min(SLICES)]
    }

    /// Its lines in each step of the current window.
    pub fn course(&self) -> &[u64] {
        self.steps.get(SLICES..).unwrap_or(&[])
    }

    /// The lines of its service in the current window, in the baseline, and in each slice of the past.
    pub fn of_service(&self) -> (u64, u64, &[u64]) {
        match self.service_lines.as_slice() {
            [current, baseline, past @ ..] => (*current, *baseline, past),
            _ => (self.current_count, self.baseline_count, &[]),
        }
    }
}

/// What `/query_logs` and `kulprit analyze --format json` answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Answer {
    pub log_groups: Vec<LogGroup>,
    /// The length of the steps of each group's `course`: whole minutes, 60 steps at most.
    #[serde(default)]
    pub step_seconds: u64,
    pub scope: Scope,
    pub window: Window,
    pub baseline: HeldAgainst,
    pub totals: Totals,
    /// Services whose lines appeared, went silent, or rose or fell by half or more, beyond the usual.
    #[serde(default)]
    pub services: Vec<ServiceFinding>,
    /// `udf`: patterns by `kulprit_shape`; `sql`: by a plain SQL mask, for a user who may only read.
    pub patterns: Cow<'static, str>,
    /// What the reader should know about this answer; empty when nothing is amiss.
    pub warnings: Vec<String>,
    /// What sets the lines of the window as a whole apart from those of the baseline; where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differences: Option<Differences>,
    /// What was read in place; where anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<SourceRead>>,
}

/// The baseline window; for a median the first of its windows, and all of them with their lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct HeldAgainst {
    #[serde(flatten)]
    pub window: Window,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub median_of: Vec<Counted>,
    /// Whether the baseline that was asked for is like what was before it; null where too little is known of that.
    #[serde(default)]
    pub quiet: Option<bool>,
    /// When the baseline that was asked for stopped being quiet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unquiet_since: Option<Timestamp>,
    /// The baseline that was asked for, where the answer is held against the last quiet stretch instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Window>,
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
    /// Patterns at ERROR or worse, too rare to be tested, that nothing known has ever logged before.
    #[serde(default)]
    pub first_seen: u64,
    /// Patterns with lines in the window that somebody decided to leave out of rankings, and their lines there.
    #[serde(default)]
    pub ignored_patterns: u64,
    #[serde(default)]
    pub ignored_count: u64,
}

/// What the answer says besides its rows.
#[derive(Debug, Clone)]
pub struct Frame {
    pub scope: Scope,
    pub window: Window,
    pub baseline: Baseline,
    pub patterns: &'static str,
    pub unit: RelativeChange,
    /// At most so many groups.
    pub limit: u32,
    pub warnings: Vec<String>,
    pub quiet: Option<bool>,
    pub unquiet_since: Option<Timestamp>,
    /// The baseline that was asked for, where another one answers.
    pub asked: Option<Window>,
    /// What the catalog and the log table say of the patterns that are too rare to be tested, and of services without a past.
    pub known: Known,
    /// What the org has decided about patterns.
    pub choices: Choices,
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
    let baseline_totals = rows.first().map_or(&[][..], |row| &row.baseline_totals);
    let baseline = held_against(&frame, baseline_totals);
    let mut warnings = frame.warnings.clone();
    if let Some([patterns, lines]) = rows.first().and_then(|row| row.left_out.first_chunk()) {
        (totals.ignored_patterns, totals.ignored_count) = (*patterns, *lines);
    }
    if totals.current_count == 0 {
        let or_ignored = if rows.is_empty() && !frame.choices.ignored.is_empty() {
            ", or only lines of ignored patterns"
        } else {
            ""
        };
        warnings.push(format!("the window holds no log lines in this scope{or_ignored}"));
    }
    if totals.baseline_count == 0 {
        warnings.push("the baseline window holds no log lines in this scope: every pattern counts as new".to_owned());
    }
    warnings.extend(windows_without_lines(&baseline));
    warnings.extend(uniform_change(&totals));
    let services = services::findings(&rows, &frame.known, lengths);
    totals.first_seen = rows.iter().filter(|row| frame.known.is_first(row)).count() as u64;
    let shown = groups::shown(rows, &frame, &services, lengths);
    for group in &shown {
        totals.other_current_count = totals.other_current_count.saturating_sub(group.current_count);
        totals.other_baseline_count = totals.other_baseline_count.saturating_sub(group.baseline_count);
    }
    Answer {
        log_groups: shown,
        step_seconds: step_seconds(&frame.window).unsigned_abs(),
        scope: frame.scope,
        window: frame.window,
        baseline,
        totals,
        services,
        patterns: frame.patterns.into(),
        warnings,
        differences: None,
        sources: None,
    }
}

fn held_against(frame: &Frame, totals: &[u64]) -> HeldAgainst {
    let baseline = &frame.baseline;
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
        quiet: frame.quiet,
        unquiet_since: frame.unquiet_since,
        asked: frame.asked,
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

fn minutes(window: &Window) -> f64 {
    window.duration().as_secs_f64() / 60.0
}
