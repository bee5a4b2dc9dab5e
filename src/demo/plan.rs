//! When the simulated history begins and ends, how busy the shop is, and when its incident begins.

use std::f64::consts::TAU;

use jiff::{SignedDuration, Timestamp};

use super::rng::{Rng, Stream};
use kulprit_request::window::Window;

pub const NANOS: i64 = 1_000_000_000;

/// How long the incident lasts, up to the end of the history.
pub const INCIDENT_MINUTES: u32 = 10;

/// All that a history depends on: equal plans give equal rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub seed: u64,
    /// Nanoseconds since 1970, a whole minute; likewise the next two.
    pub start: i64,
    pub incident: i64,
    /// Exclusive.
    pub end: i64,
    /// Shoppers' requests a second, on average over a day.
    pub rate: f64,
}

impl Plan {
    /// `minutes` of history up to the whole minute before `at`.
    pub fn new(seed: u64, at: Timestamp, minutes: u32, rate: f64) -> Self {
        let minute = 60 * NANOS;
        let end = at.as_second().div_euclid(60) * minute;
        Self {
            seed,
            start: end - i64::from(minutes) * minute,
            incident: end - i64::from(INCIDENT_MINUTES) * minute,
            end,
            rate,
        }
    }

    /// The window of the incident.
    pub fn incident_window(&self) -> Window {
        Window {
            from: instant(self.incident),
            to: instant(self.end),
        }
    }

    /// The span of equal length before it.
    pub fn quiet_window(&self) -> Window {
        let from = instant(self.incident) - SignedDuration::from_mins(INCIDENT_MINUTES.into());
        Window {
            from,
            to: instant(self.incident),
        }
    }

    /// Requests a second at an instant: busier by day (UTC) than by night, with a ripple of minutes and noise.
    pub fn rate_at(&self, time: i64) -> f64 {
        let seconds = (time / NANOS) as f64;
        let day = 0.2 * (TAU * (seconds / 86_400.0 - 0.375)).sin();
        let ripple = 0.04 * (TAU * seconds / 1_260.0).sin();
        let minute = time.div_euclid(60 * NANOS) as u64;
        let noise = 0.03 * Rng::new(self.seed, Stream::Load, minute).normal().clamp(-3.0, 3.0);
        self.rate * (1.0 + day + ripple + noise)
    }

    /// The requests' arrivals in order: a Poisson process of the rate above.
    pub fn arrivals(&self) -> impl Iterator<Item = i64> + use<> {
        let plan = self.clone();
        let mut rng = Rng::new(plan.seed, Stream::Arrivals, 0);
        let mut time = plan.start;
        std::iter::from_fn(move || {
            let gap = rng.exponential(1.0 / plan.rate_at(time));
            time = time.saturating_add((gap * NANOS as f64) as i64 + 1);
            (time < plan.end).then_some(time)
        })
    }
}

/// The instant of nanoseconds since 1970.
pub fn instant(nanoseconds: i64) -> Timestamp {
    Timestamp::from_nanosecond(nanoseconds.into()).unwrap_or(Timestamp::UNIX_EPOCH)
}
