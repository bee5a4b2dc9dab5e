//! What may go wrong, where and when.

use jiff::{SignedDuration, Timestamp};
use kulprit::demo::rng::{Rng, Stream};

use super::super::trial::Incident;
use super::system::SERVICES;

pub const NANOS: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * NANOS;
/// Before the first incident.
const HEALTHY: i64 = 45 * MINUTE;
/// From one incident to the next, and how long one lasts.
const EVERY: i64 = 15 * MINUTE;
const LASTS: i64 = 3 * MINUTE;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// The processor is taken by something else.
    Cpu,
    /// Messages to and from it are late.
    Delay,
    /// An operation throws.
    Exception,
    /// An operation returns early, as if all were well.
    Return,
    /// Memory runs full, and the collector of garbage stops the world.
    Memory,
}

const KINDS: [(Kind, &str); 5] = [
    (Kind::Cpu, "cpu_contention"),
    (Kind::Delay, "network_delay"),
    (Kind::Exception, "exception"),
    (Kind::Return, "return"),
    (Kind::Memory, "memory"),
];

#[derive(Debug, Clone, Copy)]
pub struct Fault {
    pub kind: Kind,
    name: &'static str,
    pub service: &'static str,
    pub from: i64,
    pub to: i64,
    /// How bad: 0 to 1.
    pub severity: f64,
    /// Whether callers notice that an answer is empty, or that they should try again.
    pub noticed: bool,
    window: (i64, i64),
}

impl Fault {
    pub fn hits(&self, service: &str, at: i64) -> bool {
        self.service == service && (self.from..self.to).contains(&at)
    }

    pub fn incident(&self, number: usize) -> Incident {
        Incident {
            id: format!("generated-{number:02}"),
            fault: self.name.to_owned(),
            cause: self.service.to_owned(),
            from: instant(self.window.0),
            to: instant(self.window.1),
        }
    }
}

/// One fault of each kind in turn, at random services.
pub fn plan(seed: u64, start: i64, count: u64) -> Vec<Fault> {
    (0..count)
        .map(|index| {
            let mut rng = Rng::new(seed, Stream::Load, index);
            let (kind, name) = KINDS[(index % 5) as usize];
            let from = start + HEALTHY + index as i64 * EVERY;
            // People draw a window by eye.
            let off = |rng: &mut Rng| ((rng.unit() - 0.4) * 40.0 * NANOS as f64) as i64;
            Fault {
                kind,
                name,
                service: rng.pick(SERVICES).0,
                from,
                to: from + LASTS,
                severity: rng.unit(),
                noticed: rng.chance(0.5),
                window: (from + off(&mut rng), from + LASTS + off(&mut rng)),
            }
        })
        .collect()
}

pub fn end(start: i64, count: u64) -> i64 {
    start + HEALTHY + count as i64 * EVERY
}

/// Windows of the same length between the incidents, and before them.
pub fn quiet(start: i64, count: u64) -> Vec<(Timestamp, Timestamp)> {
    let before = (1..).map(|step| start + 10 * MINUTE + step * 7 * MINUTE);
    let before = before.take_while(|from| from + LASTS < start + HEALTHY);
    let between = (0..count as i64).map(|index| start + HEALTHY + index * EVERY + 8 * MINUTE);
    before
        .chain(between)
        .map(|from| (instant(from), instant(from) + SignedDuration::from_nanos(LASTS)))
        .collect()
}

pub fn instant(nanoseconds: i64) -> Timestamp {
    Timestamp::from_nanosecond(nanoseconds.into()).unwrap_or(Timestamp::UNIX_EPOCH)
}
