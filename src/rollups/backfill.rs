//! Fills a rollup in with the rows that were there before it began.

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use kulprit_clickhouse::Client;
use kulprit_request::time;
use kulprit_request::window::Window;

use super::coverage::{Coverage, Extent};
use crate::Result;

/// What there is to fill in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backfill {
    /// In the order in which they are rolled.
    pub buckets: Vec<Bucket>,
    /// Where the rollup begins when all is done.
    pub from: Timestamp,
}

/// A stretch that is rolled by one statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    pub window: Window,
    /// 0 where nobody counted them.
    pub rows: u64,
}

impl Backfill {
    /// Rows to read, where they are counted.
    pub fn rows(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.rows).sum()
    }

    /// Rolls one bucket after the other, records how far that is, and calls `done` after each. What is done stays done: a run that is cut
    /// off is continued by the next.
    pub(super) async fn run<'a>(
        &self,
        client: &Client,
        coverage: Option<&Coverage>,
        roll: impl Fn(Window) -> BoxFuture<'a, Result<()>>,
        mut done: impl FnMut(&Bucket),
    ) -> Result<()> {
        for bucket in &self.buckets {
            roll(bucket.window).await?;
            if let Some(coverage) = coverage {
                coverage.set(client, bucket.window.from).await?;
            }
            done(bucket);
        }
        if let Some(coverage) = coverage
            && let Some(covered_from) = coverage.covered_from(client).await?
            && self.from < covered_from
        {
            coverage.set(client, self.from).await?;
        }
        Ok(())
    }
}

/// The stretch of whole `length`s before `covered_from` that holds rows from `earliest` on, and where the rollup begins when it is filled in.
pub(super) fn left(
    extent: &Extent,
    covered_from: Timestamp,
    earliest: Timestamp,
    length: SignedDuration,
) -> (Window, Timestamp) {
    let from = time::start_of(earliest.max(extent.oldest), length);
    let to = covered_from.min(extent.end());
    // The stretch before the oldest row holds nothing, so the rollup knows it.
    let is_complete = from <= extent.oldest;
    (
        Window { from, to },
        if is_complete { Timestamp::UNIX_EPOCH } else { from },
    )
}

/// `window` cut at every whole `length`, newest first.
pub(super) fn buckets(window: Window, length: SignedDuration) -> Vec<Bucket> {
    let mut buckets = Vec::new();
    let mut to = window.to;
    while window.from < to {
        let from = time::start_of(to - SignedDuration::from_nanos(1), length).max(window.from);
        buckets.push(Bucket {
            window: Window { from, to },
            rows: 0,
        });
        to = from;
    }
    buckets
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kulprit_request::time::HOUR;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_lies_before_the_rollup_is_filled_in_hour_by_hour_from_the_newest_on() {
        let extent = Extent {
            rows: 3,
            oldest: at("2026-01-31T07:20:00Z"),
            newest: at("2026-01-31T12:00:00Z"),
        };
        let covered_from = at("2026-01-31T09:10:00Z");
        let plan = |earliest: &str| {
            let (left, from) = left(&extent, covered_from, at(earliest), HOUR);
            Backfill {
                buckets: buckets(left, HOUR),
                from,
            }
        };
        let begins = |plan: &Backfill| -> Vec<String> {
            let windows = plan.buckets.iter().map(|bucket| bucket.window);
            windows
                .map(|window| format!("{} {}", window.from.strftime("%H:%M"), window.to.strftime("%H:%M")))
                .collect()
        };
        let whole = plan("1970-01-01T00:00:00Z");
        assert_eq!(begins(&whole), ["09:00 09:10", "08:00 09:00", "07:00 08:00"]);
        assert_eq!(
            whole.from,
            Timestamp::UNIX_EPOCH,
            "before the first row nothing is unknown"
        );
        let part = plan("2026-01-31T08:30:00Z");
        assert_eq!(begins(&part), ["09:00 09:10", "08:00 09:00"]);
        assert_eq!(part.from, at("2026-01-31T08:00:00Z"));
        assert!(begins(&plan("2026-01-31T11:00:00Z")).is_empty());
    }
}
