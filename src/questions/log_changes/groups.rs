//! The groups of an answer: which patterns are shown, in which order, and what is said of each.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::answer::{Frame, PatternChange};
use super::services::ServiceFinding;
use super::{onset, sentence};
use crate::questions::differences::Difference;
use crate::text::finite;
use kulprit_divergence::{SERVICE, SHOWN};

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
    /// What the org calls it, or the catalog; left out where it has no name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    pub service: String,
    pub current_count: u64,
    pub baseline_count: u64,
    /// Lines per minute.
    pub current_rate: f64,
    pub baseline_rate: f64,
    /// (current rate − baseline rate) ÷ smoothed baseline rate; always finite.
    pub rate_change: f64,
    /// `new`, `gone`, `up`, `down` by its rate, or `same`, where chance or the usual explains it or only its share changed.
    pub status: String,
    /// Why it has that status.
    #[serde(default)]
    pub finding: Finding,
    /// The minute in which it began to change; null when it is the same.
    pub since: Option<Timestamp>,
    /// Its lines in each step of the window (`step_seconds`), the oldest first.
    #[serde(default)]
    pub course: Vec<u64>,
    pub sentence: String,
    /// Of the pattern against the other lines of its service.
    pub g2: f64,
    /// How many times more than chance the pattern wobbled before, at least 1.
    pub dispersion: f64,
    /// Of `g2` ÷ `dispersion`. Groups whose rate changed with a q of at most 0.05 stand first, ranked by effect; the
    /// last by `g2` ÷ `dispersion`.
    pub p_value: f64,
    pub q_value: f64,
    /// What sets the lines of a changed pattern apart: from its own in the baseline, or, where it is new, from all of its service; where it
    /// was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differences: Option<Vec<Difference>>,
}

/// Why a pattern has its status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Its rate changed, and neither chance nor the usual explains it.
    Significant,
    /// Its service had no lines before.
    NewService,
    /// Its service went silent.
    SilentService,
    /// At ERROR or worse, never seen before in all that is known, and too rare to be tested.
    FirstSeen,
    /// Only its share of its service's lines changed, not its rate.
    ShareOnly,
    /// Neither the baseline nor the past has it, and it is too rare to be tested.
    TooRare,
    /// No change beyond the usual.
    #[default]
    Usual,
}

/// Lines per minute in both windows.
#[derive(Clone, Copy)]
pub(super) struct Rates {
    pub current: f64,
    pub baseline: f64,
    pub change: f64,
}

impl Rates {
    pub fn new(current: u64, baseline: u64, (current_minutes, baseline_minutes): (f64, f64)) -> Self {
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

/// The groups to show, best first: what is significant, then what cannot be tested and must not be hidden, then the rest. Of
/// the places a third is for the second kind, where there is any.
pub(super) fn shown(
    rows: Vec<PatternChange>,
    frame: &Frame,
    services: &[ServiceFinding],
    lengths: (f64, f64),
) -> Vec<LogGroup> {
    let told = rows.into_iter().filter_map(|row| {
        let (status, finding) = tell(&row, frame, services);
        let is_shown = row.is_kept_for(SHOWN) || frame.known.is_first(&row);
        let speaks = row.is_kept_for(SERVICE) && matches!(finding, Finding::NewService | Finding::SilentService);
        (is_shown || speaks).then_some((row, status, finding))
    });
    let mut tiers: [Vec<_>; 3] = Default::default();
    for told in told {
        let tier = match told.2 {
            Finding::Significant => 0,
            Finding::NewService | Finding::SilentService | Finding::FirstSeen => 1,
            Finding::ShareOnly | Finding::TooRare | Finding::Usual => 2,
        };
        tiers[tier].push(told);
    }
    let limit = frame.limit as usize;
    let reserved = (limit / 3).min(tiers[1].len());
    tiers[0].truncate(limit - reserved);
    let ordered = tiers.into_iter().flatten().take(limit);
    ordered
        .map(|(row, status, finding)| log_group(row, status, finding, frame, lengths))
        .collect()
}

fn tell(row: &PatternChange, frame: &Frame, services: &[ServiceFinding]) -> (String, Finding) {
    let status = |word: &str| word.to_owned();
    let is_changed = row.status != "same";
    if is_changed && row.q_value <= CHANGED {
        return (row.status.clone(), Finding::Significant);
    }
    let of_service = services.iter().find(|finding| finding.service == row.service);
    match of_service.map(|finding| finding.status.as_str()) {
        Some("gone") if row.current_count == 0 => (status("gone"), Finding::SilentService),
        _ if is_changed => (row.status.clone(), Finding::NewService),
        _ if frame.known.is_first(row) => (status("new"), Finding::FirstSeen),
        _ if row.q_value <= CHANGED => (status("same"), Finding::ShareOnly),
        _ if row.p_value >= 1.0 && row.baseline_count == 0 => (status("same"), Finding::TooRare),
        _ => (status("same"), Finding::Usual),
    }
}

/// The false discovery rate up to which a pattern counts as changed.
const CHANGED: f64 = 0.05;

fn log_group(row: PatternChange, status: String, finding: Finding, frame: &Frame, lengths: (f64, f64)) -> LogGroup {
    let rates = Rates::new(row.current_count, row.baseline_count, lengths);
    let usual = row.baseline_count as f64 / (lengths.1 * 60.0);
    let since = (status != "same").then(|| onset::onset(&frame.window, row.course(), usual));
    let (of_service, of_service_before, _) = row.of_service();
    let share = |lines: u64, all: u64| lines as f64 / all.max(1) as f64;
    let told = sentence::Told {
        pattern: &row.pattern,
        service: &row.service,
        rates: (rates.baseline, rates.current),
        shares: (
            share(row.baseline_count, of_service_before),
            share(row.current_count, of_service),
        ),
        status: &status,
        finding,
        lines: row.current_count,
        since,
    };
    let named = frame.choices.names.get(&row.pattern_id);
    LogGroup {
        sentence: told.sentence(),
        course: onset::course(&frame.window, row.course()),
        name: named.cloned().unwrap_or(row.name),
        representative_logs: row.representative_logs,
        relative_change: finite(row.relative_change * frame.unit.factor()),
        kl_contribution: finite(row.kl_contribution),
        pattern_id: row.pattern_id.to_string(),
        pattern: row.pattern,
        service: row.service,
        current_count: row.current_count,
        baseline_count: row.baseline_count,
        current_rate: rates.current,
        baseline_rate: rates.baseline,
        rate_change: rates.change,
        status,
        finding,
        since,
        g2: finite(row.g2),
        dispersion: finite(row.dispersion),
        p_value: finite(row.p_value),
        q_value: finite(row.q_value),
        differences: None,
    }
}
