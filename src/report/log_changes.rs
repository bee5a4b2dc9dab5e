//! What changed in the logs, as the page shows it.

use serde::Serialize;

use super::numbers::{Instant, Stretch, count, instant, per_cent, rate, stretch};
use super::place::Place;
use crate::questions::differences::{Difference, Differences};
use crate::questions::log_changes::{Answer, ChangedService, Finding, LogGroup};

#[derive(Debug, Serialize)]
pub struct View {
    rows: Vec<Row>,
    /// Of services as a whole: they appeared, went silent, rose or fell.
    services: Vec<(String, String)>,
    /// Patterns that changed beyond what is usual.
    changed: usize,
    /// Of the first pattern, with the pattern itself.
    first: Option<String>,
    totals: Totals,
    baseline: Stretch,
    median_of: Vec<(Stretch, String)>,
    /// Of the window as a whole; where it was asked for.
    differences: Option<OfWindow>,
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Row {
    number: usize,
    status: String,
    finding: &'static str,
    service: String,
    link: Option<String>,
    pattern: String,
    name: String,
    pattern_id: String,
    sentence: String,
    messages: Vec<String>,
    lines: String,
    lines_before: String,
    rate: String,
    rate_before: String,
    change: String,
    q: String,
    since: Option<Instant>,
    differences: Option<Vec<Sets>>,
}

/// One thing that sets lines apart.
#[derive(Debug, PartialEq, Serialize)]
struct Sets {
    sentence: String,
    share: String,
    usual: String,
}

#[derive(Debug, Serialize)]
struct OfWindow {
    rows: Vec<Sets>,
    left_out: Vec<(String, String)>,
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Totals {
    lines: String,
    lines_before: String,
    patterns: String,
    other: String,
    other_before: String,
    divergence: String,
    /// Patterns that somebody decided to leave out, and their lines; none where there are none.
    ignored: Option<(String, String)>,
}

pub fn view(answer: &Answer, place: &Place) -> View {
    let totals = &answer.totals;
    let groups = answer.log_groups.iter().enumerate();
    View {
        rows: groups.map(|(index, group)| row(index, group, answer, place)).collect(),
        services: answer
            .services
            .iter()
            .map(|finding| (finding.status.clone(), finding.sentence.clone()))
            .collect(),
        changed: answer.log_groups.iter().filter(|group| group.status != "same").count(),
        first: answer.log_groups.first().map(|group| group.sentence.clone()),
        totals: Totals {
            lines: count(totals.current_count),
            lines_before: count(totals.baseline_count),
            patterns: count(totals.patterns),
            other: count(totals.other_current_count),
            other_before: count(totals.other_baseline_count),
            divergence: format!("{:.4}", totals.kl_divergence),
            ignored: (totals.ignored_patterns > 0)
                .then(|| (count(totals.ignored_patterns), count(totals.ignored_count))),
        },
        baseline: stretch(&answer.baseline.window),
        median_of: answer
            .baseline
            .median_of
            .iter()
            .map(|counted| (stretch(&counted.window), count(counted.lines)))
            .collect(),
        differences: answer.differences.as_ref().map(|found| of_window(found, answer)),
        warnings: answer.warnings.clone(),
    }
}

fn row(index: usize, group: &LogGroup, answer: &Answer, place: &Place) -> Row {
    let per_minute = |number| rate(number, "min");
    Row {
        number: index + 1,
        status: group.status.clone(),
        finding: finding(group.finding),
        service: group.service.clone(),
        link: place.of_service(&group.service),
        pattern: group.pattern.clone(),
        name: group.name.clone(),
        pattern_id: group.pattern_id.clone(),
        sentence: without_pattern(&group.sentence).to_owned(),
        messages: group.representative_logs.clone(),
        lines: count(group.current_count),
        lines_before: count(group.baseline_count),
        rate: per_minute(group.current_rate),
        rate_before: per_minute(group.baseline_rate),
        change: match (group.baseline_count, group.current_count) {
            (0, _) => "new".to_owned(),
            (_, 0) => "gone".to_owned(),
            _ => change(group.current_rate / group.baseline_rate),
        },
        q: match group.q_value {
            small if small < 0.001 => "<0.001".to_owned(),
            q => format!("{q:.3}"),
        },
        since: group.since.map(|since| instant(since, &answer.window)),
        differences: group.differences.as_ref().map(|differences| all_sets(differences)),
    }
}

/// A sentence opens with the pattern, which stands above it already.
fn without_pattern(sentence: &str) -> &str {
    sentence.rsplit_once("` ").map_or(sentence, |(_, rest)| rest)
}

/// By how much a rate changed: per cent, or how many times as much where these would be long.
fn change(ratio: f64) -> String {
    match ratio {
        ratio if ratio >= 10.0 => format!("{ratio:.0}×"),
        ratio => format!("{:+.0} %", (ratio - 1.0) * 100.0),
    }
}

fn finding(finding: Finding) -> &'static str {
    match finding {
        Finding::Significant => "beyond chance and the usual",
        Finding::NewService => "its service had no lines before",
        Finding::SilentService => "its service went silent",
        Finding::FirstSeen => "grave and never seen before; too rare to be tested",
        Finding::ShareOnly => "its share changed, not its rate",
        Finding::TooRare => "too rare to be tested",
        Finding::Usual => "within the usual",
    }
}

fn all_sets(differences: &[Difference]) -> Vec<Sets> {
    let mut all: Vec<Sets> = differences
        .iter()
        .map(|difference| Sets {
            sentence: difference.sentence.clone(),
            share: per_cent(difference.share),
            usual: per_cent(difference.usual_share),
        })
        .collect();
    // A column and an attribute that say the same read alike.
    all.dedup();
    all
}

fn of_window(found: &Differences, answer: &Answer) -> OfWindow {
    let is_new = |warning: &&String| !answer.warnings.contains(warning);
    OfWindow {
        rows: all_sets(&found.differences),
        left_out: found
            .left_out
            .iter()
            .map(|left_out| (left_out.key.clone(), left_out.why.clone()))
            .collect(),
        warnings: found.warnings.iter().filter(is_new).cloned().collect(),
    }
}

/// Services by how unlike their own past they are.
#[derive(Debug, Serialize)]
pub struct ByService {
    rows: Vec<Unlike>,
}

#[derive(Debug, Serialize)]
struct Unlike {
    status: &'static str,
    service: String,
    surprise: String,
    requests: String,
    before: String,
}

pub fn by_service(services: &[ChangedService]) -> ByService {
    let of = |some: i64, all: i64| {
        let whole = |number: i64| count(number.max(0) as u64);
        format!("{} of {}", whole(some), whole(all))
    };
    let unlike = |service: &ChangedService| Unlike {
        status: service.status,
        service: service.service.clone(),
        surprise: format!("{:.1}", service.surprise),
        requests: format!("{} of {}", count(service.requests), count(service.request_total)),
        before: of(service.past_requests, service.past_request_total),
    };
    ByService {
        rows: services.iter().map(unlike).collect(),
    }
}
