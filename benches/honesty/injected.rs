//! Changes that are put into a copy of real lines, and must be found.

use jiff::{SignedDuration, Timestamp};
use kulprit_request::window::Window;

use crate::rankings::{RANKINGS, counts, place};
use crate::store::{Minute, Store, window};
use crate::traffic::{Line, Rng};

/// What happens to a pattern that had `base` lines a window.
#[derive(Clone, Copy)]
enum Kind {
    New,
    Gone,
    Times(f64),
    /// Of three times as many lines a third turns from status 200 to 502: the text and its rate stay.
    Status,
    /// The same from INFO to ERROR.
    Level,
}

const KINDS: [(&str, Kind); 7] = [
    ("new", Kind::New),
    ("gone", Kind::Gone),
    ("2x", Kind::Times(2.0)),
    ("5x", Kind::Times(5.0)),
    ("20x", Kind::Times(20.0)),
    ("status", Kind::Status),
    ("level", Kind::Level),
];
const BASES: [f64; 3] = [5.0, 20.0, 80.0];
const MARK: &str = "gateway answered oddly";

/// A line and its level.
type Levelled = (Line, &'static str);

impl Kind {
    /// Whether a pattern is the one that changed.
    fn is_in(self, pattern: &str) -> bool {
        pattern.contains(MARK)
            && match self {
                Self::Status => pattern.contains("502") || pattern.contains("5xx"),
                Self::Level => pattern.contains("ERROR"),
                Self::New | Self::Gone | Self::Times(_) => true,
            }
    }
}

/// Places of the change by ranking, for each kind and base.
pub struct Found {
    rows: Vec<(String, Vec<Vec<usize>>)>,
    /// Changes with q at most 0.05.
    significant: Vec<usize>,
}

impl Found {
    pub fn print(&self) {
        println!(
            "{:<14} {:>5}  {}  q <= .05  kulprit in three",
            "",
            "cases",
            RANKINGS
                .map(|(name, _)| format!("{name:>10}: in ten, mean rank"))
                .join("  ")
        );
        let mut all = vec![Vec::new(); RANKINGS.len()];
        for ((name, places), significant) in self.rows.iter().zip(&self.significant) {
            println!("{}  {significant:>8}  {:>12.0} %", row(name, places), in_three(places));
            for (sum, places) in all.iter_mut().zip(places) {
                sum.extend_from_slice(places);
            }
        }
        println!(
            "{}  {:>8}  {:>12.0} %",
            row("all", &all),
            self.significant.iter().sum::<usize>(),
            in_three(&all)
        );
    }
}

/// Per cent of the cases in which the last ranking, Kulprit's, has the change in its first three rows.
fn in_three(places: &[Vec<usize>]) -> f64 {
    let own = places.last().map_or(&[][..], Vec::as_slice);
    100.0 * own.iter().filter(|place| **place <= 3).count() as f64 / own.len().max(1) as f64
}

fn row(name: &str, places: &[Vec<usize>]) -> String {
    let cells = places.iter().map(|places| {
        let cases = places.len().max(1) as f64;
        let recall = 100.0 * places.iter().filter(|place| **place <= 10).count() as f64 / cases;
        let mean = places.iter().sum::<usize>() as f64 / cases;
        format!("{recall:>18.0} %  {mean:>10.1}")
    });
    format!(
        "{name:<14} {:>5}  {}",
        places.first().map_or(0, Vec::len),
        cells.collect::<Vec<_>>().join("")
    )
}

/// Windows of five minutes of the generated traffic, each with the one before it.
pub fn generated_pairs(from: Timestamp, minutes: u32) -> Vec<(Window, Window)> {
    let start = |minute: u32| {
        from.checked_add(SignedDuration::from_mins(i64::from(minute)))
            .unwrap_or(from)
    };
    let at = (90..minutes - 10).step_by(20);
    at.map(|minute| (window(start(minute), 300), window(start(minute + 5), 300)))
        .collect()
}

/// Puts each kind of change at each base rate into each pair of windows of the services whose names begin with `prefix`
/// (for any other prefix: of the recorded ones), one at a time.
pub async fn run(store: &Store, pairs: &[(Window, Window)], prefix: &str) -> anyhow::Result<Found> {
    let is_meant = |name: &String| {
        if prefix == "gen/" {
            name.starts_with("gen/") && !name.contains("case")
        } else {
            !name.contains('/')
        }
    };
    let services: Vec<String> = store.services().await?.into_iter().filter(is_meant).collect();
    let mut cases = Vec::new();
    for (number, (baseline, current)) in pairs.iter().enumerate() {
        let past = Window {
            from: baseline.from.checked_sub(SignedDuration::from_hours(1))?,
            to: current.to,
        };
        let Some(service) = busy(store, &services, number, *baseline, *current).await? else {
            continue;
        };
        let minutes = store.minutes(&service, past).await?;
        for (kind_number, (_, kind)) in KINDS.into_iter().enumerate() {
            for (base_number, base) in BASES.into_iter().enumerate() {
                let copy = format!("{prefix}case-{number}-{kind_number}-{base_number}");
                let mut rng = Rng::new((number * 100 + kind_number * 10 + base_number) as u64);
                store.copy(&service, &copy, past).await?;
                let lines = change(&copy, kind, base, &minutes, (*baseline, *current), &mut rng);
                for level in ["INFO", "ERROR"] {
                    let of_level = lines.iter().filter(|line| line.1 == level).map(|line| line.0.clone());
                    let of_level: Vec<Line> = of_level.collect();
                    if !of_level.is_empty() {
                        store.insert_at(level, &of_level).await?;
                    }
                }
                let mut scope: Vec<String> = services.iter().filter(|name| **name != service).cloned().collect();
                scope.push(copy);
                cases.push((kind_number * BASES.len() + base_number, *baseline, *current, scope));
            }
        }
    }
    store.roll().await?;
    let rows = KINDS
        .iter()
        .flat_map(|(name, _)| BASES.map(|base| (format!("{name}, base {base}"), vec![vec![]; RANKINGS.len()])));
    let mut found = Found {
        rows: rows.collect(),
        significant: vec![0; KINDS.len() * BASES.len()],
    };
    for (row, baseline, current, scope) in cases {
        let kind = KINDS[row / BASES.len()].1;
        let groups = counts(store.ask(current, baseline, scope).await?);
        for (places, (_, score)) in found.rows[row].1.iter_mut().zip(RANKINGS) {
            places.push(place(&groups, score, |group| kind.is_in(&group.pattern)));
        }
        let is_found = groups
            .iter()
            .any(|counts| kind.is_in(&counts.group.pattern) && counts.group.q_value <= 0.05);
        found.significant[row] += usize::from(is_found);
    }
    Ok(found)
}

/// A service with some lines in both windows, another one for each number.
async fn busy(
    store: &Store,
    services: &[String],
    number: usize,
    baseline: Window,
    current: Window,
) -> anyhow::Result<Option<String>> {
    for step in 0..services.len() {
        let service = &services[(number * 7 + step) % services.len()];
        let mut least = u64::MAX;
        for window in [baseline, current] {
            let lines = store
                .minutes(service, window)
                .await?
                .iter()
                .map(|minute| minute.lines)
                .sum();
            least = least.min(lines);
        }
        if least >= 50 {
            return Ok(Some(service.clone()));
        }
    }
    Ok(None)
}

/// The lines to put in. The pattern belongs to the service's work: `base` lines for as many lines as the service has in the
/// baseline, in each minute in proportion; in the current window, what `kind` makes of that.
fn change(
    service: &str,
    kind: Kind,
    base: f64,
    minutes: &[Minute],
    (baseline, current): (Window, Window),
    rng: &mut Rng,
) -> Vec<Levelled> {
    let (before, now) = match kind {
        Kind::New => (0.0, base),
        Kind::Gone => (base, 0.0),
        Kind::Times(factor) => (base, base * factor),
        Kind::Status | Kind::Level => (3.0 * base, 3.0 * base),
    };
    let minute_of = |minute: &Minute| window(Timestamp::from_second(minute.second as i64).unwrap_or(current.from), 60);
    // What of a minute lies in a window.
    let inside = |minute: &Minute, within: Window| {
        let minute = minute_of(minute);
        let (from, to) = (minute.from.max(within.from), minute.to.min(within.to));
        (to > from).then_some(Window { from, to })
    };
    let part = |span: Window| span.duration().as_secs_f64() / 60.0;
    let usual: f64 = minutes
        .iter()
        .filter_map(|minute| Some(minute.lines as f64 * part(inside(minute, baseline)?)))
        .sum::<f64>()
        .max(1.0);
    let past = Window {
        from: Timestamp::UNIX_EPOCH,
        to: baseline.to,
    };
    let mut lines = Vec::new();
    for minute in minutes {
        for (span, amount) in [(inside(minute, past), before), (inside(minute, current), now)] {
            let Some(span) = span else { continue };
            let length = span.duration().as_secs_f64();
            for _ in 0..rng.poisson(amount * minute.lines as f64 * part(span) / usual) {
                let at = SignedDuration::from_millis((rng.unit() * length * 1000.0) as i64);
                let time = span.from.checked_add(at).unwrap_or(span.from);
                let has_turned = span.from >= current.from && rng.unit() < 1.0 / 3.0;
                let after = (rng.unit() * 900.0) as u32;
                let (message, level) = match (kind, has_turned) {
                    (Kind::Status, true) => (format!("{MARK} with status=502 after {after} ms"), "INFO"),
                    (Kind::Status, false) => (format!("{MARK} with status=200 after {after} ms"), "INFO"),
                    (Kind::Level, true) => (format!("{MARK} after {after} ms"), "ERROR"),
                    _ => (format!("{MARK} after {after} ms"), "INFO"),
                };
                lines.push(((time, service.to_owned(), message), level));
            }
        }
    }
    lines
}
