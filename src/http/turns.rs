//! Whose turn it is: requests wait for ClickHouse by what they cost, so that a hover never stands behind a root cause.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::route::Cost;
use crate::{Error, Result};

/// Light requests that ClickHouse works on at once, for each core: some of them wait for a disk or for a function.
const LIGHT_FOR_EACH_CORE: usize = 4;
/// Requests of the classes above that wait for their turn, for each that has it.
const MIDDLE_WAITING: usize = 7;
/// So many, since an incident that is opened must find a place.
const HEAVY_WAITING: usize = 127;

/// The turns of all classes.
pub struct Turns {
    light: Class,
    middle: Class,
    heavy: Class,
}

/// Requests of one class: some run, some wait, more are turned away.
struct Class {
    /// Those that run or wait.
    places: Semaphore,
    most: usize,
    running: Semaphore,
    name: &'static str,
}

/// A request's turn; given back when dropped.
#[expect(dead_code, reason = "held, not read")]
pub struct Turn<'a>(SemaphorePermit<'a>, SemaphorePermit<'a>);

impl Turns {
    /// For a machine with `cores`, and so many requests at the most in a class.
    pub fn new(cores: usize, most: usize) -> Self {
        // Half of the cores are left to what is light; each heavy request asks several statements side by side.
        let (middle, heavy) = (cores.max(1), (cores / 2).max(1));
        Self {
            light: Class::new("requests", cores.max(1) * LIGHT_FOR_EACH_CORE, most),
            middle: Class::new("pages", middle, most.min(middle * (1 + MIDDLE_WAITING))),
            heavy: Class::new(
                "root causes and snapshots",
                heavy,
                most.min(heavy * (1 + HEAVY_WAITING)),
            ),
        }
    }

    /// Waits for a turn, for `patience` at the most. Errors: too many wait, or it took too long.
    pub async fn take(&self, cost: Cost, patience: Duration) -> Result<Turn<'_>> {
        let class = match cost {
            Cost::Light => &self.light,
            Cost::Middle => &self.middle,
            Cost::Heavy => &self.heavy,
        };
        let place = class.places.try_acquire().map_err(|_| class.busy())?;
        let turn = tokio::time::timeout(patience, class.running.acquire()).await;
        let turn = turn.map_err(|_| class.busy())?.map_err(Error::internal)?;
        Ok(Turn(place, turn))
    }
}

impl Class {
    fn new(name: &'static str, running: usize, most: usize) -> Self {
        Self {
            places: Semaphore::new(most.min(Semaphore::MAX_PERMITS)),
            most,
            running: Semaphore::new(running),
            name,
        }
    }

    fn busy(&self) -> Error {
        Error::TooManyRequests(format!(
            "{} {} are being answered or wait for ClickHouse already: try again in a second",
            self.most, self.name
        ))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    #[tokio::test]
    async fn what_is_light_never_stands_behind_what_is_heavy() {
        let turns = Turns::new(2, 256);
        let running = turns.take(Cost::Heavy, LONG).await.unwrap();
        let mut waiting: Vec<_> = (0..HEAVY_WAITING)
            .map(|_| Box::pin(turns.take(Cost::Heavy, LONG)))
            .collect();
        for one in &mut waiting {
            assert!(one.as_mut().now_or_never().is_none(), "it waits");
        }
        let refused = turns.take(Cost::Heavy, LONG).now_or_never().unwrap();
        assert_eq!(refused.err().unwrap().status(), 429);
        let _pages: Vec<_> = (0..2)
            .map(|_| turns.take(Cost::Middle, LONG).now_or_never().unwrap().unwrap())
            .collect();
        let light: Vec<_> = (0..8)
            .map(|_| turns.take(Cost::Light, LONG).now_or_never().unwrap().unwrap())
            .collect();
        assert_eq!(light.len(), 8, "none of them waits");
        drop(running);
        assert!(waiting[0].as_mut().now_or_never().unwrap().is_ok());
    }

    #[tokio::test]
    async fn who_waits_for_too_long_is_told_to_come_back() {
        let turns = Turns::new(1, 64);
        let _running = turns.take(Cost::Heavy, LONG).await.unwrap();
        let refused = turns.take(Cost::Heavy, Duration::ZERO).await;
        assert_eq!(refused.err().unwrap().status(), 429);
    }
}
