//! Services whose lines as a whole appeared, went silent, or rose or fell: what no ranking of patterns by their share shows.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::answer::PatternChange;
use super::groups::Rates;
use super::rare::Known;
use super::sentence::rate;
use crate::text::finite;
use kulprit_divergence::{SERVICE, rate_p_value};

/// A rise or fall of a service's lines is told up to this p-value, divided by the number of services looked at.
const LEVEL: f64 = 0.01;

/// A service that logged in each of so many slices of the past, the last ones, and falls silent is gone, however uneven it is.
const STEADY: usize = 6;

/// A service whose lines as a whole changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ServiceFinding {
    pub service: String,
    /// `new`: no line before; `gone`: silent; `up` or `down`.
    pub status: String,
    pub current_count: u64,
    pub baseline_count: u64,
    /// Lines per minute.
    pub current_rate: f64,
    pub baseline_rate: f64,
    /// The probability of such a change of the rate when it is as uneven as before.
    pub p_value: f64,
    pub sentence: String,
}

/// The findings, the greatest difference of rates first. `lengths` are those of the windows in minutes.
pub(super) fn findings(rows: &[PatternChange], known: &Known, lengths: (f64, f64)) -> Vec<ServiceFinding> {
    let has_past = |row: &PatternChange| row.baseline_total > 0 || row.past_lines.iter().any(|lines| *lines > 0);
    if !rows.first().is_some_and(has_past) {
        // Nothing is known of any service's past.
        return vec![];
    }
    let odd: Vec<&PatternChange> = rows.iter().filter(|row| row.is_kept_for(SERVICE)).collect();
    let found = odd
        .iter()
        .filter_map(|row| finding(row, known, lengths, LEVEL / odd.len() as f64));
    let mut found: Vec<ServiceFinding> = found.collect();
    tell_renamed(&mut found, rows);
    let weight = |finding: &ServiceFinding| (finding.current_rate - finding.baseline_rate).abs();
    found.sort_by(|one, other| {
        weight(other)
            .total_cmp(&weight(one))
            .then_with(|| one.service.cmp(&other.service))
    });
    found
}

fn finding(row: &PatternChange, known: &Known, lengths: (f64, f64), level: f64) -> Option<ServiceFinding> {
    let (current, baseline, past) = row.of_service();
    let is_heard = baseline > 0 || past.iter().any(|lines| *lines > 0);
    let p_value = finite(rate_p_value(current, baseline, lengths, past));
    let rates = Rates::new(current, baseline, lengths);
    let status = match (current, baseline) {
        (1.., 0) if !is_heard => "new",
        (0, _) if p_value <= level || is_steady(past, row) => "gone",
        _ if p_value > level || current == 0 => return None,
        _ if rates.current > rates.baseline => "up",
        _ => "down",
    };
    let numbers = format!("{} → {} lines per minute", rate(rates.baseline), rate(rates.current));
    let name = if row.service.is_empty() {
        "lines without a service"
    } else {
        &row.service
    };
    let sentence = match status {
        "new" if known.has_service(&row.service) => {
            format!("{name} logs again: {current} lines in the window, none in the baseline nor in the hour before it")
        }
        "new" => format!("{name} has no past: {current} lines in the window, none ever before"),
        "gone" => format!("{name} went silent: {numbers}"),
        _ => format!("{name} as a whole is {status}: {numbers}"),
    };
    Some(ServiceFinding {
        service: row.service.clone(),
        status: status.to_owned(),
        current_count: current,
        baseline_count: baseline,
        current_rate: rates.current,
        baseline_rate: rates.baseline,
        p_value,
        sentence,
    })
}

/// Says of a new service that it logs what a silent one logged: a deploy gave it another name. Told by the patterns at hand.
fn tell_renamed(found: &mut [ServiceFinding], rows: &[PatternChange]) {
    let patterns = |service: &str| -> HashSet<u64> {
        let of_service = rows.iter().filter(|row| row.service == service);
        of_service.map(|row| row.pattern_id).collect()
    };
    let silent: Vec<(String, HashSet<u64>)> = found
        .iter()
        .filter(|finding| finding.status == "gone")
        .map(|finding| (finding.service.clone(), patterns(&finding.service)))
        .collect();
    for finding in found.iter_mut().filter(|finding| finding.status == "new") {
        let own = patterns(&finding.service);
        let is_former = |(_, of_silent): &&(String, HashSet<u64>)| 2 * own.intersection(of_silent).count() > own.len();
        if let Some((former, _)) = silent.iter().find(is_former) {
            finding.sentence.push_str(&format!(
                "; it logs what {former} logged, which went silent: perhaps renamed"
            ));
        }
    }
}

/// Whether the service logged in each of the last slices of the past.
fn is_steady(past: &[u64], row: &PatternChange) -> bool {
    let end = row
        .past_lines
        .iter()
        .rposition(|lines| *lines > 0)
        .map_or(0, |last| last + 1);
    let slices = past.get(..end).unwrap_or(past);
    slices.len() >= STEADY && slices.iter().rev().take(STEADY).all(|lines| *lines > 0)
}
