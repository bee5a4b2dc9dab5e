//! Two windows between which nothing happened should not report anything.

use jiff::{SignedDuration, Timestamp};
use kulprit::questions::log_changes::Answer;
use kulprit_request::window::Window;

use crate::recorded::{Incident, quiet_pairs};
use crate::store::{Store, window};

/// The rate of false discoveries that a reader is promised.
const LEVEL: f64 = 0.05;

/// How many comparisons were made, and how many reported anything: by Kulprit, and had the past's wobble not counted.
#[derive(Default)]
pub struct Alarms {
    compared: usize,
    kulprit: usize,
    without_dispersion: usize,
    /// Baselines that were called not quiet.
    unquiet: usize,
    /// Services, and patterns never seen before, that were told as findings.
    findings: usize,
}

impl Alarms {
    fn add(&mut self, answer: &Answer) {
        let groups = || {
            answer
                .log_groups
                .iter()
                .filter(|group| group.current_count + group.baseline_count >= 5)
        };
        self.compared += 1;
        self.unquiet += usize::from(answer.baseline.quiet == Some(false));
        self.findings += usize::from(!answer.services.is_empty() || answer.totals.first_seen > 0);
        self.kulprit += usize::from(groups().any(|group| group.q_value <= LEVEL));
        // Bonferroni's bound, which is stricter than the adjustment in use.
        let level = LEVEL / groups().count().max(1) as f64;
        self.without_dispersion += usize::from(groups().any(|group| libm_tail(group.g2) <= level));
    }

    pub fn print(&self, what: &str) {
        let share = |count: usize| 100.0 * count as f64 / self.compared.max(1) as f64;
        println!(
            "{what:<58} {:>5} comparisons  kulprit {:>5.1} %  G2 alone {:>5.1} %  baseline not quiet {:>5.1} %  \
             a service or a first line told {:>5.1} %",
            self.compared,
            share(self.kulprit),
            share(self.without_dispersion),
            share(self.unquiet),
            share(self.findings)
        );
    }
}

/// P(χ² with one degree of freedom > x), by the normal tail's continued fraction's leading terms (Abramowitz and Stegun 26.2.17).
fn libm_tail(x: f64) -> f64 {
    let z = x.max(0.0).sqrt();
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let density = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt();
    let series =
        t * (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    2.0 * density * series
}

/// Each window of 2, 5 and 15 minutes against the one before it, for each service and for all together.
pub async fn generated(store: &Store, services: &[String], from: Timestamp, minutes: u32) -> anyhow::Result<Alarms> {
    let mut all = Alarms::default();
    for length in [2, 5, 15_i64] {
        let (mut single, mut together) = (Alarms::default(), Alarms::default());
        let mut at = 60;
        while at + 2 * length <= i64::from(minutes) {
            let start = |minute: i64| from.checked_add(SignedDuration::from_mins(minute)).unwrap_or(from);
            let (baseline, current) = (window(start(at), length * 60), window(start(at + length), length * 60));
            together.add(&store.ask(current, baseline, services.to_vec()).await?);
            // Every service at every other length would only repeat itself.
            for service in services.iter().step_by(if length == 2 { 6 } else { 2 }) {
                single.add(&store.ask(current, baseline, vec![service.clone()]).await?);
            }
            at += length.max(5);
        }
        single.print(&format!("  one service, {length} min"));
        together.print(&format!("  all services, {length} min"));
        for part in [single, together] {
            all.compared += part.compared;
            all.kulprit += part.kulprit;
            all.without_dispersion += part.without_dispersion;
            all.unquiet += part.unquiet;
            all.findings += part.findings;
        }
    }
    Ok(all)
}

/// Both halves of each quiet window between the recorded incidents, and each such window against the one before it.
pub async fn recorded(store: &Store, incidents: &[Incident]) -> anyhow::Result<()> {
    let mut halves = Alarms::default();
    for incident in incidents {
        let Window { from, to } = incident.baseline();
        let seconds = to.duration_since(from).as_secs() / 2;
        let second = window(from, seconds).to;
        halves.add(
            &store
                .ask(window(second, seconds), window(from, seconds), vec![])
                .await?,
        );
    }
    halves.print("recorded logs, halves of quiet windows");
    let mut next = Alarms::default();
    for (baseline, current) in quiet_pairs(incidents) {
        next.add(&store.ask(current, baseline, vec![]).await?);
    }
    next.print("recorded logs, a quiet window and the next");
    Ok(())
}
