//! Which patterns changed by more than their own past explains.
//!
//! A pattern is tested against the other lines of its own service; against all services it would seem to change
//! whenever their traffic does. The evidence is divided by how much the pattern varied in the past, so a usual burst is
//! no change. `sql/log_changes/_changes_sql.sql` is the same in plain SQL.

use std::collections::HashMap;

use super::direction::{has_moved, rate_ratio, traffic};
use super::dispersion::{Pool, Variation};
use super::false_discovery::benjamini_hochberg;
use super::shares::Totals;
use super::significance::{log_likelihood_ratio, rate_likelihood_ratio};
use super::tail::student_tail;
use super::typical::{add_counts, typical};

/// A pattern with fewer lines in both windows together is not tested.
const SUPPORT: f64 = 5.0;

/// The counts of one pattern of one service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    pub service: Vec<u8>,
    pub current: u64,
    /// Lines in each baseline window. Of several, the median counts.
    pub baselines: Vec<u64>,
    /// Lines in each slice of the past (the baseline and what lies before it), the oldest first; missing slices count
    /// as 0.
    pub past: Vec<u64>,
}

impl Pattern {
    /// The number and the lines of each slice in which it was logged.
    pub(super) fn past(&self) -> impl Iterator<Item = (usize, f64)> {
        let slices = self.past.iter().enumerate().filter(|(_, lines)| **lines > 0);
        slices.map(|(slice, lines)| (slice, *lines as f64))
    }

    pub(super) fn past_lines(&self) -> f64 {
        self.past().map(|(_, lines)| lines).sum()
    }
}

/// What [`changes`] says about one pattern. Every field is finite.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Change {
    /// [`super::Score::kl`], over all patterns of all services, so that they add up.
    pub kl: f64,
    /// [`super::Score::relative_change`], of the share of all lines.
    pub relative_change: f64,
    /// G² of the pattern against the other lines of its service; of its rate where the service has no others.
    pub g2: f64,
    /// The over-dispersion φ ≥ 1: how many times more than chance the pattern varied in the past.
    pub dispersion: f64,
    /// The probability of such a G² ÷ φ or a larger one when nothing changed. 1 without support.
    pub p_value: f64,
    /// The lowest false discovery rate at which the pattern counts as changed (Benjamini–Hochberg over those with
    /// support).
    pub q_value: f64,
    /// G² ÷ φ: the evidence, by which changes are ranked.
    pub strength: f64,
    /// Whether its rate moved, and not only its share (`direction.rs`).
    pub has_moved: bool,
}

/// The lines of one service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceLines {
    pub current: u64,
    pub baseline: u64,
    /// In each slice of the past.
    pub past: Vec<u64>,
    /// Whether any baseline window or the past has a line of it.
    pub has_past: bool,
}

/// What a service's patterns share.
#[derive(Default)]
struct Service {
    current: f64,
    /// Its lines in each baseline window.
    windows: Vec<u64>,
    baseline: u64,
    slices: Vec<f64>,
    shares: Pool,
    rates: Pool,
    /// How its traffic moved from the baseline to the current window.
    traffic: f64,
}

impl Service {
    fn lines(&self) -> ServiceLines {
        let past: Vec<u64> = self.slices.iter().map(|lines| *lines as u64).collect();
        ServiceLines {
            current: self.current as u64,
            baseline: self.baseline,
            has_past: self.windows.iter().chain(&past).any(|lines| *lines > 0),
            past,
        }
    }
}

/// Patterns, each with its baseline and its change.
pub struct Changes {
    /// The baseline count of each pattern: its median over the windows in which its service has lines.
    pub baseline: Vec<u64>,
    pub changes: Vec<Change>,
    /// The patterns that either window has. The others count only towards the dispersion of their service, in no sum.
    pub seen: Vec<usize>,
    /// Smoothed shares of the current and the baseline window, of each of `seen`.
    pub shares: Vec<(f64, f64)>,
    /// Lines in the baseline: of each service the median over its windows. With one window, the sum of `baseline`.
    pub baseline_total: u64,
    /// The services, and which of them each pattern belongs to.
    pub services: Vec<ServiceLines>,
    pub belongs: Vec<usize>,
}

/// Scores each pattern, in the order given. `lengths` are those of the current and a baseline window, in any one unit.
pub fn changes(patterns: &[Pattern], lengths: (f64, f64)) -> Changes {
    let (mut services, belongs) = gather(patterns);
    let slices = span(patterns);
    let of_pattern = |(pattern, number): (&Pattern, &usize)| typical(&pattern.baselines, &services[*number].windows);
    let baseline: Vec<u64> = patterns.iter().zip(&belongs).map(of_pattern).collect();
    let is_seen = |index: &usize| patterns[*index].current > 0 || baseline[*index] > 0;
    let seen: Vec<usize> = (0..patterns.len()).filter(is_seen).collect();
    let mut ratios = vec![Vec::new(); services.len()];
    for index in &seen {
        let (current, before) = (patterns[*index].current as f64, baseline[*index] as f64);
        if current > 0.0 && before > 0.0 && current + before >= SUPPORT {
            ratios[belongs[*index]].push(rate_ratio(current, before, lengths));
        }
    }
    for (service, ratios) in services.iter_mut().zip(ratios) {
        service.traffic = traffic(ratios);
    }
    let baseline_total = services
        .iter()
        .fold(0_u64, |sum, service| sum.saturating_add(service.baseline));
    let current_total = seen
        .iter()
        .map(|index| u128::from(patterns[*index].current))
        .sum::<u128>();
    let totals = Totals {
        current: current_total as f64,
        baseline: baseline_total as f64,
        patterns: seen.len() as f64,
    };
    let unseen = Change {
        p_value: 1.0,
        q_value: 1.0,
        dispersion: 1.0,
        ..Change::default()
    };
    let mut changes = vec![unseen; patterns.len()];
    let (mut tested, mut shares) = (Vec::new(), Vec::with_capacity(seen.len()));
    for index in &seen {
        let (current, before) = (patterns[*index].current as f64, baseline[*index] as f64);
        let (p, q) = totals.smoothed_shares(current, before);
        let mut change = test(&patterns[*index], before, &services[belongs[*index]], slices, lengths);
        change.kl = p * (p / q).ln();
        change.relative_change = totals.share_difference(current, before) / q;
        if current + before >= SUPPORT {
            tested.push(*index);
        } else {
            (change.p_value, change.q_value) = (1.0, 1.0);
        }
        changes[*index] = change;
        shares.push((p, q));
    }
    let p_values: Vec<f64> = tested.iter().map(|index| changes[*index].p_value).collect();
    for (index, q_value) in tested.into_iter().zip(benjamini_hochberg(&p_values)) {
        changes[index].q_value = q_value;
    }
    Changes {
        baseline,
        changes,
        seen,
        shares,
        baseline_total,
        services: services.iter().map(Service::lines).collect(),
        belongs,
    }
}

fn test(pattern: &Pattern, baseline: f64, service: &Service, slices: f64, lengths: (f64, f64)) -> Change {
    let current = pattern.current as f64;
    let of_service = service.baseline as f64;
    let has_no_others =
        service.current == 0.0 || of_service == 0.0 || current + baseline == service.current + of_service;
    let of_rate = Variation::of_rate(pattern, slices);
    let of_share = Variation::of_share(pattern, &service.slices);
    let rate = of_rate.wobble(service.rates.over_dispersion());
    let share = of_share.wobble(service.shares.over_dispersion());
    let (g2, (dispersion, degrees)) = if has_no_others {
        let g2 = rate_likelihood_ratio(current, lengths.0, baseline, lengths.1);
        (g2, rate)
    } else {
        (
            log_likelihood_ratio(current, service.current, baseline, of_service),
            share,
        )
    };
    let strength = g2 / dispersion;
    Change {
        g2,
        dispersion,
        strength,
        p_value: student_tail(strength, degrees),
        q_value: 1.0,
        has_moved: has_moved((current, baseline), lengths, service.traffic, share, rate),
        ..Change::default()
    }
}

/// The services, and which of them each pattern belongs to.
fn gather(patterns: &[Pattern]) -> (Vec<Service>, Vec<usize>) {
    let mut numbers: HashMap<&[u8], usize> = HashMap::new();
    let mut services: Vec<Service> = Vec::new();
    let mut belongs = Vec::with_capacity(patterns.len());
    for pattern in patterns {
        let number = *numbers.entry(&pattern.service).or_insert(services.len());
        if number == services.len() {
            services.push(Service::default());
        }
        let service = &mut services[number];
        service.current += pattern.current as f64;
        add_counts(&mut service.windows, &pattern.baselines);
        for (slice, lines) in pattern.past() {
            if service.slices.len() <= slice {
                service.slices.resize(slice + 1, 0.0);
            }
            service.slices[slice] += lines;
        }
        belongs.push(number);
    }
    for service in &mut services {
        service.baseline = typical(&service.windows, &service.windows);
    }
    let slices = span(patterns);
    for (pattern, number) in patterns.iter().zip(&belongs) {
        let share = Variation::of_share(pattern, &services[*number].slices);
        services[*number].shares.add(share);
        services[*number].rates.add(Variation::of_rate(pattern, slices));
    }
    (services, belongs)
}

/// The slices from the first to the last that any pattern has.
fn span(patterns: &[Pattern]) -> f64 {
    let all = || {
        patterns
            .iter()
            .flat_map(|pattern| pattern.past().map(|(slice, _)| slice))
    };
    match (all().min(), all().max()) {
        (Some(first), Some(last)) => (last - first + 1) as f64,
        _ => 0.0,
    }
}
