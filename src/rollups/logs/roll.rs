//! Rolls what has changed in the log table.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use clickhouse::Row;
use jiff::Timestamp;
use kulprit_clickhouse::{Client, LogTable};
use kulprit_request::time;
use kulprit_request::window::Window;
use serde::Deserialize;

use super::erase::erase;
use super::unequal::unequal_minutes;
use super::{BUCKET, COVERAGE, source, statement};
use crate::config::Config;
use crate::rollups::catalog::CatalogKeeper;
use crate::rollups::parts::{Changes, PARTS_A_STATEMENT, Part};
use crate::rollups::seconds;
use crate::{Error, Result};

/// Buckets in one round; the rest waits for the next, so that a round stays short.
const BUCKETS_A_ROUND: usize = 64;
/// How often it is written down that the rollup agrees with the log table.
const AGREED_EVERY: Duration = Duration::from_secs(60);

/// What one round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rolled {
    pub buckets: usize,
    /// Parts that were added or removed and are not counted yet.
    pub left: usize,
}

/// Brings the rollup up to date. Keeps in mind how far it is with parts of many minutes.
pub struct Roller {
    client: Client,
    logs: LogTable,
    catalog: CatalogKeeper,
    uncounted: Vec<Uncounted>,
    /// Parts of which no line was seen in the last round.
    unseen: Vec<Part>,
    agreed: Option<Instant>,
    /// When the rollup counted all parts, the catalog knew all shapes, and what parts there were.
    settled: Option<(Instant, u64)>,
}

/// A part that was added or removed.
struct Uncounted {
    part: Part,
    is_removed: bool,
    /// By their buckets, the minutes that are still to roll.
    left: BTreeMap<u32, BTreeSet<u32>>,
}

impl Uncounted {
    fn of(part: Part, is_removed: bool, left: BTreeMap<u32, BTreeSet<u32>>) -> Self {
        Self { part, is_removed, left }
    }
}

#[derive(Row, Deserialize)]
struct PartMinutes {
    part: String,
    minutes: Vec<u32>,
}

#[derive(Row, Deserialize)]
struct State {
    state: i64,
}

impl Roller {
    pub fn new(client: Client, config: &Config) -> Self {
        let catalog = CatalogKeeper::new(client.clone(), config.patterns.options());
        Self {
            client,
            logs: config.logs.clone(),
            catalog,
            uncounted: Vec::new(),
            unseen: Vec::new(),
            agreed: None,
            settled: None,
        }
    }

    /// One round: rolls up to a bounded number of buckets in which parts were added or removed, newest first.
    pub async fn round(&mut self) -> Result<Rolled> {
        let source = source(&self.logs);
        if let Some((since, state)) = self.settled
            && since.elapsed() < AGREED_EVERY
            && source.state(&self.client).await? == state
        {
            return Ok(Rolled::default());
        }
        self.settled = None;
        let Some(since) = COVERAGE.covered_from(&self.client).await? else {
            return Ok(Rolled::default());
        };
        let changes = source.changes(&self.client).await?;
        source.record_same(&self.client, &changes).await?;
        self.look_at(&changes, since).await?;
        let (buckets, failed) = self.roll().await?;
        let (done, left): (Vec<Uncounted>, Vec<Uncounted>) = std::mem::take(&mut self.uncounted)
            .into_iter()
            .partition(|uncounted| uncounted.left.is_empty());
        self.uncounted = left;
        let (removed, added): (Vec<&Uncounted>, Vec<&Uncounted>) = done.iter().partition(|done| done.is_removed);
        let added: Vec<_> = added.iter().map(|done| &done.part).collect();
        let removed: Vec<_> = removed.iter().map(|done| &done.part).collect();
        source.record_counted(&self.client, &added, &removed).await?;
        self.refresh_catalog().await?;
        if let Some(error) = failed {
            return Err(error);
        }
        let is_due = self.agreed.is_none_or(|agreed| agreed.elapsed() >= AGREED_EVERY);
        let left = self.uncounted.len() + self.unseen.len();
        if left == 0 && is_due && (changes.parts > 0 || source.has_parts(&self.client).await?) {
            source.agree(&self.client).await?;
            self.agreed = Some(Instant::now());
        }
        if left == 0 && changes.is_none() {
            self.settled = Some((Instant::now(), changes.state));
        }
        Ok(Rolled { buckets, left })
    }

    /// Assigns patterns to the shapes that rolling has found.
    pub async fn refresh_catalog(&mut self) -> Result<()> {
        self.catalog.refresh().await.map(|_| ())
    }

    /// Rounds until nothing is left, or until rolling does not help. Returns how many parts are left.
    pub async fn catch_up(&mut self) -> Result<usize> {
        let (mut idle, mut left) = (0, 0);
        while idle < 3 {
            let rolled = self.round().await?;
            left = rolled.left;
            if left == 0 {
                break;
            }
            idle = if rolled.buckets == 0 { idle + 1 } else { 0 };
        }
        Ok(left)
    }

    /// Rolls the minutes of `window` (whole minutes) in which the rollup has another number of lines than the log table.
    pub async fn audit(&self, window: Window) -> Result<()> {
        let Some(since) = COVERAGE.covered_from(&self.client).await? else {
            return Ok(());
        };
        let from = window.from.max(since);
        if from >= window.to {
            return Ok(());
        }
        let unequal = unequal_minutes(&self.client, &self.logs, from, window.to).await?;
        for (bucket, minutes) in by_bucket(unequal.into_iter()) {
            let minutes: Vec<u32> = minutes.into_iter().collect();
            roll_minutes(&self.client, &self.logs, time::of_seconds(bucket), &minutes).await?;
        }
        Ok(())
    }

    /// Finds the minutes of parts that were added or removed since the last round, and forgets those that have become others.
    async fn look_at(&mut self, changes: &Changes, since: Timestamp) -> Result<()> {
        self.uncounted.retain(|known| {
            let among = if known.is_removed {
                &changes.removed
            } else {
                &changes.added
            };
            among.iter().any(|part| part.is_same(&known.part))
        });
        let is_new = |part: &&Part| !self.uncounted.iter().any(|known| known.part.is_same(part));
        let added: Vec<Part> = changes.added.iter().filter(is_new).cloned().collect();
        let removed: Vec<Part> = changes.removed.iter().filter(is_new).cloned().collect();
        let (patches, added): (Vec<Part>, Vec<Part>) =
            added.into_iter().partition(|part| part.patched_partition().is_some());
        let found = self.added(added, seconds_of(since)).await?;
        self.uncounted.extend(found);
        for mut part in patches {
            let partition = part.patched_partition().unwrap_or_default();
            part.minutes = source(&self.logs).minutes_of_partition(&self.client, partition).await?;
            let left = self.lost(&part).await?;
            self.uncounted.push(Uncounted::of(part, false, left));
        }
        for part in removed {
            let left = self.lost(&part).await?;
            self.uncounted.push(Uncounted::of(part, true, left));
        }
        Ok(())
    }

    /// The minutes of parts that were added, from `since` on: what lies before is the backfill's.
    async fn added(&mut self, parts: Vec<Part>, since: u32) -> Result<Vec<Uncounted>> {
        let mut found = Vec::new();
        let mut unseen = Vec::new();
        for parts in parts.chunks(PARTS_A_STATEMENT) {
            let names: Vec<String> = parts.iter().map(|part| part.name.clone()).collect();
            let asked = statement(
                "rollups/logs/minutes_of_parts",
                &self.logs,
                vec![("parts", names.into())],
            )?;
            let mut rows: HashMap<String, Vec<u32>> = HashMap::new();
            for row in self.client.rows::<PartMinutes>(&asked).await? {
                rows.insert(row.part, row.minutes);
            }
            for part in parts {
                let minutes = rows.remove(&part.name);
                // Either it is gone, merged into another, or all its lines are deleted: then it is still there at the next round.
                if minutes.is_none() && !self.unseen.iter().any(|known| known.is_same(part)) {
                    unseen.push(part.clone());
                    continue;
                }
                let minutes = minutes.unwrap_or_default();
                let bounds = minutes.first().copied().zip(minutes.last().copied());
                let mut part = part.clone();
                part.minutes = bounds.unwrap_or_default();
                let left = by_bucket(minutes.into_iter().filter(|minute| *minute >= since));
                found.push(Uncounted::of(part, false, left));
            }
        }
        self.unseen = unseen;
        Ok(found)
    }

    /// The minutes of which a part that is gone, or the rows that a patch changes, may have taken lines away. Their messages are erased.
    async fn lost(&mut self, part: &Part) -> Result<BTreeMap<u32, BTreeSet<u32>>> {
        if part.is_absorbed || part.minutes == (0, 0) {
            return Ok(BTreeMap::new());
        }
        match erase(&self.client, &self.logs, part.minutes).await {
            Ok(()) => self.catalog.forget(),
            Err(error @ Error::NoDataSource(_)) => {
                tracing::warn!(%error, "samples of deleted lines stay: this user may not delete them (docs/GRANTS.md)");
            }
            Err(error) => return Err(error),
        }
        let params = vec![
            ("first_minute", seconds(time::of_seconds(part.minutes.0))),
            ("last_minute", seconds(time::of_seconds(part.minutes.1))),
        ];
        let asked = statement("rollups/logs/rolled_minutes", &self.logs, params)?;
        Ok(by_bucket(self.client.rows::<u32>(&asked).await?.into_iter()))
    }

    /// Rolls buckets, newest first. Returns how many were rolled, and the first error: one bucket that cannot be rolled does not keep the
    /// others from it.
    async fn roll(&mut self) -> Result<(usize, Option<Error>)> {
        let mut buckets: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for uncounted in &self.uncounted {
            for (bucket, minutes) in &uncounted.left {
                buckets.entry(*bucket).or_default().extend(minutes);
            }
        }
        let (mut rolled, mut failed) = (0, None);
        for (bucket, minutes) in buckets.into_iter().rev().take(BUCKETS_A_ROUND) {
            let minutes: Vec<u32> = minutes.into_iter().collect();
            match roll_minutes(&self.client, &self.logs, time::of_seconds(bucket), &minutes).await {
                Ok(true) => {
                    rolled += 1;
                    for uncounted in &mut self.uncounted {
                        uncounted.left.remove(&bucket);
                    }
                }
                // Somebody else rolled the bucket at the same time: the next round does it again.
                Ok(false) => {}
                Err(error @ Error::Away(_)) => return Err(error),
                Err(error) => {
                    failed.get_or_insert(error);
                }
            }
        }
        Ok((rolled, failed))
    }
}

fn seconds_of(minute: Timestamp) -> u32 {
    u32::try_from(minute.as_second().max(0)).unwrap_or(u32::MAX)
}

fn by_bucket(minutes: impl Iterator<Item = u32>) -> BTreeMap<u32, BTreeSet<u32>> {
    let length = u32::try_from(BUCKET.as_secs()).unwrap_or(u32::MAX);
    let mut buckets: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for minute in minutes {
        buckets.entry(minute - minute % length).or_default().insert(minute);
    }
    buckets
}

/// Makes the rollup of these minutes of the bucket that begins at `bucket` what the log table says of them. False: somebody else did the
/// same at the same time, perhaps from an earlier state of the log table.
pub(super) async fn roll_minutes(client: &Client, logs: &LogTable, bucket: Timestamp, minutes: &[u32]) -> Result<bool> {
    let listed = || minutes.iter().map(|minute| u64::from(*minute)).collect::<Vec<_>>();
    let before = bucket_state(client, bucket).await?;
    let shapes = vec![("bucket", seconds(bucket)), ("minutes", listed().into())];
    client
        .execute(&statement("rollups/logs/roll_shapes", logs, shapes)?)
        .await?;
    let mark = i64::from(RandomState::new().hash_one(before) as u32 | 1);
    let params = vec![
        ("bucket", seconds(bucket)),
        ("minutes", listed().into()),
        ("mark", mark.into()),
    ];
    client
        .execute_once(
            &statement("rollups/logs/roll_minutes", logs, params)?,
            &token(bucket, before),
        )
        .await?;
    let after = bucket_state(client, bucket).await?;
    if after == before {
        // There was nothing to add, or the token was used up by a roll that has been lost since.
        let unequal = unequal_minutes(client, logs, bucket, bucket + BUCKET).await?;
        return Ok(!unequal.iter().any(|minute| minutes.contains(minute)));
    }
    Ok(after == before.wrapping_add(mark))
}

/// The sum of the marks of all rolls of one bucket.
pub(super) async fn bucket_state(client: &Client, bucket: Timestamp) -> Result<i64> {
    let params = vec![("bucket", seconds(bucket))];
    let rows: Vec<State> = client
        .rows(&statement("rollups/logs/bucket_state", &LogTable::default(), params)?)
        .await?;
    Ok(rows.first().map_or(0, |row| row.state))
}

/// Equal for two rolls that start from the same state, so that only one of them counts. The time is in it so that a token that was used up
/// for nothing is no hindrance for long.
fn token(bucket: Timestamp, state: i64) -> String {
    let slot = time::start_of(Timestamp::now(), BUCKET).as_second();
    format!("kulprit-{}-{state:x}-{slot}", bucket.as_second())
}
