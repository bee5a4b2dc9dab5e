//! Which parts of a table a rollup has counted.
//!
//! ClickHouse never changes a part: whatever happens to a table's rows (an INSERT, whole or cut off; a DELETE or UPDATE of any kind;
//! ATTACH, DETACH, DROP, REPLACE and MOVE of a partition; a TTL) adds parts and takes others away. So a rollup that counts exactly the
//! parts that are there is exact, and what it has yet to look at is the difference. Nothing hangs on the owner's table for that.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use clickhouse::Row;
use jiff::Timestamp;
use kulprit_clickhouse::{Client, Insert, Options, Statement, Value, key_of, table_place};
use kulprit_request::time;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

const TABLE: &str = "kulprit_rolled_parts";
/// How long it is remembered of which parts the rollup counted all: somebody may begin it anew.
const REMEMBERED: Duration = Duration::from_secs(5);
/// Parts named in one statement: the names travel in its address.
pub const PARTS_A_STATEMENT: usize = 400;

/// A rollup and the table that it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub rollup: &'static str,
    /// `table` or `database.table`, as the configuration says it.
    pub table: String,
}

/// A part of a table that a rollup does not count, or that it counts though it is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub name: String,
    /// A hash of its files.
    pub content: String,
    partition_id: String,
    blocks: (i64, i64),
    level: u32,
    mutation: u64,
    rows: u64,
    /// The first and the last minute of its rows, in seconds; known of parts that were counted, and 0 where they have no rows.
    pub minutes: (u32, u32),
    known: i64,
    /// Gone, but with all its rows in a part that was added: by a merge with others that were not counted.
    pub is_absorbed: bool,
}

/// What a rollup has not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// How many parts the table has: none where it is empty, or of a kind that never has any, such as a view.
    pub parts: u64,
    /// A hash of them.
    pub state: u64,
    /// Parts that are there and not counted.
    pub added: Vec<Part>,
    /// Parts that are counted and not there.
    pub removed: Vec<Part>,
    /// Parts that took the place of others with the same rows: by a merge, a new name, or a mutation that found nothing to change.
    same: Vec<(Part, Vec<Part>)>,
}

type PartRow = (String, String, String, i64, i64, u32, u64, u64, u32, u32, i64);

#[derive(Row, Deserialize)]
struct ChangesRow {
    parts: u64,
    state: u64,
    changes: Vec<PartRow>,
}

#[derive(Row, Deserialize)]
struct Agreed {
    agreed_at: u32,
}

/// A row of `kulprit_rolled_parts`.
#[derive(Serialize)]
struct Recorded<'a> {
    rollup: &'static str,
    part: &'a str,
    content: &'a str,
    partition_id: &'a str,
    min_block: i64,
    max_block: i64,
    level: u32,
    mutation: u64,
    rows: u64,
    first_minute: u32,
    last_minute: u32,
    known: i64,
}

impl Source {
    /// What the rollup has not looked at.
    pub async fn changes(&self, client: &Client) -> Result<Changes> {
        let statement = self.ask_changes()?;
        let age = client.memory().age();
        let rows: Vec<ChangesRow> = client.rows(&statement).await?;
        let mut found = Changes::default();
        for row in rows {
            found = Changes::of(row.changes.into_iter().map(Part::of).collect());
            (found.parts, found.state) = (row.parts, row.state);
        }
        if found.is_none() {
            client.memory().keep(&key_of(&statement), found.state, age, REMEMBERED);
        }
        Ok(found)
    }

    fn ask_changes(&self) -> Result<Statement> {
        let [database, table] = self.place();
        let params = [("rollup", self.rollup.into()), database, table];
        Statement::query("rollups/parts/changes", &Options::default(), params)
    }

    /// A hash of the parts that are there, if the rollup counted all parts a moment ago and there are no others now, which is told at a quarter
    /// of the cost of [`Self::changes`]. None where that is not known.
    pub async fn counted_state(&self, client: &Client) -> Result<Option<u64>> {
        let known = client.memory().recall::<u64>(&key_of(&self.ask_changes()?));
        match known {
            Some(state) => Ok((self.state(client).await? == state).then_some(state)),
            None => Ok(None),
        }
    }

    /// A hash of the parts that the table has.
    pub async fn state(&self, client: &Client) -> Result<u64> {
        let statement = Statement::query("rollups/parts/state", &Options::default(), self.place())?;
        let rows: Vec<u64> = client.rows(&statement).await?;
        Ok(rows.first().copied().unwrap_or_default())
    }

    /// Whether the table is there with parts of its own.
    pub async fn has_parts(&self, client: &Client) -> Result<bool> {
        let statement = Statement::query("rollups/parts/table", &Options::default(), self.place())?;
        let engines: Vec<String> = client.rows(&statement).await?;
        Ok(engines.first().is_some_and(|engine| engine.ends_with("MergeTree")))
    }

    /// Records parts that took the place of others with the same rows.
    pub async fn record_same(&self, client: &Client, changes: &Changes) -> Result<()> {
        let rows = changes.same.iter().flat_map(|(new, old)| {
            let known = old.iter().filter(|part| part.minutes.0 > 0).map(|part| part.minutes);
            let minutes = known
                .reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
                .unwrap_or_default();
            let gone = old.iter().map(|part| self.recorded(part, part.minutes, -part.known));
            gone.chain([self.recorded(new, minutes, 1)])
        });
        self.record(client, rows.collect()).await
    }

    /// The first and the last minute of the parts of a partition that are counted.
    pub async fn minutes_of_partition(&self, client: &Client, partition: &str) -> Result<(u32, u32)> {
        let params = [("rollup", self.rollup.into()), ("partition_id", partition.into())];
        let statement = Statement::query("rollups/parts/minutes_of_partition", &Options::default(), params)?;
        let rows: Vec<(u32, u32)> = client.rows(&statement).await?;
        Ok(rows.first().copied().unwrap_or_default())
    }

    /// Records that the rollup counts these parts, whose minutes are known, and those no longer.
    pub async fn record_counted(&self, client: &Client, added: &[&Part], removed: &[&Part]) -> Result<()> {
        let added = added.iter().map(|part| self.recorded(part, part.minutes, 1));
        let removed = removed
            .iter()
            .map(|part| self.recorded(part, part.minutes, -part.known));
        self.record(client, added.chain(removed).collect()).await
    }

    /// Records that the rollup counts exactly the parts that are there.
    pub async fn agree(&self, client: &Client) -> Result<()> {
        let params = [("rollup", self.rollup.into())];
        client
            .execute(&Statement::query("rollups/parts/agree", &Options::default(), params)?)
            .await
    }

    /// When that was last so.
    pub async fn agreed_at(&self, client: &Client) -> Result<Option<Timestamp>> {
        let params = [("rollup", self.rollup.into())];
        let statement = Statement::query("rollups/parts/agreed", &Options::default(), params)?;
        let rows: Vec<Agreed> = client.rows(&statement).await?;
        let known = rows.first().filter(|row| row.agreed_at > 0);
        Ok(known.map(|row| time::of_seconds(row.agreed_at)))
    }

    fn place(&self) -> [(&'static str, Value); 2] {
        let (database, table) = table_place(&self.table);
        [("database", database.into()), ("table", table.into())]
    }

    fn recorded<'a>(&self, part: &'a Part, minutes: (u32, u32), known: i64) -> Recorded<'a> {
        Recorded {
            rollup: self.rollup,
            part: &part.name,
            content: &part.content,
            partition_id: &part.partition_id,
            min_block: part.blocks.0,
            max_block: part.blocks.1,
            level: part.level,
            mutation: part.mutation,
            rows: part.rows,
            first_minute: minutes.0,
            last_minute: minutes.1,
            known,
        }
    }

    async fn record(&self, client: &Client, rows: Vec<Recorded<'_>>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut body = Vec::new();
        for row in &rows {
            serde_json::to_writer(&mut body, row).map_err(Error::internal)?;
            body.push(b'\n');
        }
        let insert = Insert {
            table: TABLE,
            columns: &[],
            format: "JSONEachRow",
            token: &format!("{TABLE} {} {}", self.rollup, Timestamp::now()),
        };
        client.insert(insert, Bytes::from(body)).await
    }
}

impl Part {
    fn of(row: PartRow) -> Self {
        let (name, content, partition_id, first, last, level, mutation, rows, first_minute, last_minute, known) = row;
        Self {
            name,
            content,
            partition_id,
            blocks: (first, last),
            level,
            mutation,
            rows,
            minutes: (first_minute, last_minute),
            known,
            is_absorbed: false,
        }
    }

    /// The partition whose rows it changes, if it holds changes rather than rows of its own: a lightweight update.
    pub fn patched_partition(&self) -> Option<&str> {
        let (_, partition) = self.partition_id.strip_prefix("patch-")?.split_once('-')?;
        Some(partition)
    }

    fn is_patch(&self) -> bool {
        self.patched_partition().is_some()
    }

    pub fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.content == other.content
    }

    /// Whether `old` could have become this by a merge.
    fn may_be_merged_from(&self, old: &Self) -> bool {
        self.partition_id == old.partition_id
            && self.blocks.0 <= old.blocks.0
            && old.blocks.1 <= self.blocks.1
            && old.level < self.level
    }

    /// Whether this holds all rows of `old`, which could have become it: no mutation came between, and no row was dropped.
    fn holds_all_of(&self, old: &[Part]) -> bool {
        old.iter().all(|part| part.mutation == self.mutation)
            && old.iter().map(|part| part.rows).sum::<u64>() <= self.rows
    }

    /// Whether these are all its rows, too: no block of it is missing among them.
    fn holds_only(&self, old: &[Part]) -> bool {
        let length = |part: &Part| part.blocks.1 - part.blocks.0 + 1;
        old.iter().map(length).sum::<i64>() == length(self)
            && old.iter().map(|part| part.rows).sum::<u64>() == self.rows
    }
}

impl Changes {
    fn of(parts: Vec<Part>) -> Self {
        let (mut removed, mut added): (Vec<Part>, Vec<Part>) = parts.into_iter().partition(|part| part.known > 0);
        let mut same = Vec::new();
        let mut by_content: HashMap<String, Vec<Part>> = HashMap::new();
        for part in removed.drain(..) {
            by_content.entry(part.content.clone()).or_default().push(part);
        }
        added.retain(|new| match by_content.get_mut(&new.content).and_then(Vec::pop) {
            Some(old) if !new.is_patch() => {
                same.push((new.clone(), vec![old]));
                false
            }
            Some(old) => {
                by_content.entry(new.content.clone()).or_default().push(old);
                true
            }
            None => true,
        });
        removed.extend(by_content.into_values().flatten());
        added.retain(|new| {
            let (mut old, others): (Vec<Part>, Vec<Part>) =
                removed.drain(..).partition(|old| new.may_be_merged_from(old));
            removed = others;
            let holds_all = new.holds_all_of(&old);
            if holds_all && new.holds_only(&old) {
                same.push((new.clone(), old));
                return false;
            }
            old.iter_mut().for_each(|part| part.is_absorbed = holds_all);
            removed.extend(old);
            true
        });
        Self {
            parts: 0,
            state: 0,
            added,
            removed,
            same,
        }
    }

    /// Whether the rollup counts exactly the parts that are there, under these names.
    pub fn is_none(&self) -> bool {
        self.parts > 0 && self.count() == 0 && self.same.is_empty()
    }

    /// How many parts there are to look at.
    pub fn count(&self) -> usize {
        self.added.len() + self.removed.len()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// `partition_first_last_level[_mutation]`, as ClickHouse names parts.
    fn part(name: &str, rows: u64, known: i64) -> Part {
        let fields: Vec<&str> = name.split('_').collect();
        Part {
            name: name.to_owned(),
            content: format!("content of {name}"),
            partition_id: fields[0].to_owned(),
            blocks: (fields[1].parse().unwrap(), fields[2].parse().unwrap()),
            level: fields[3].parse().unwrap(),
            mutation: fields.get(4).map_or(0, |version| version.parse().unwrap()),
            rows,
            minutes: (0, 0),
            known,
            is_absorbed: false,
        }
    }

    fn counts(parts: Vec<Part>) -> (usize, usize, usize) {
        let changes = Changes::of(parts);
        (changes.added.len(), changes.removed.len(), changes.same.len())
    }

    #[test]
    fn a_merge_of_counted_parts_is_no_change() {
        let merged = |rows| vec![part("d_1_3_1", rows, 0), part("d_1_1_0", 10, 1), part("d_2_3_0", 5, 1)];
        assert_eq!(counts(merged(15)), (0, 0, 1));
        assert_eq!(counts(merged(14)), (1, 2, 0), "a TTL dropped a row");
    }

    #[test]
    fn a_merge_that_took_in_a_part_that_was_not_counted_is_a_change() {
        // The rows that a TTL dropped and those of the other part are as many.
        assert_eq!(counts(vec![part("d_1_2_1", 10, 0), part("d_1_1_0", 10, 1)]), (1, 1, 0));
        assert_eq!(
            counts(vec![
                part("d_1_3_1", 20, 0),
                part("d_1_1_0", 10, 1),
                part("d_3_3_0", 10, 1)
            ]),
            (1, 2, 0),
            "a block is missing between"
        );
    }

    #[test]
    fn a_mutation_and_a_block_that_comes_again_are_changes() {
        assert_eq!(
            counts(vec![part("d_1_1_0_4", 10, 0), part("d_1_1_0", 10, 1)]),
            (1, 1, 0)
        );
        assert_eq!(
            counts(vec![part("d_1_1_1_4", 10, 0), part("d_1_1_0", 10, 1)]),
            (1, 1, 0),
            "merged after the mutation"
        );
        // A new engine numbers blocks from the last that it finds on.
        let other = Part {
            content: "other".to_owned(),
            ..part("d_5_5_0", 10, 0)
        };
        assert_eq!(counts(vec![other, part("d_5_5_0", 10, 1)]), (1, 1, 0));
    }

    #[test]
    fn the_same_content_under_another_name_is_no_change_but_once_more_is() {
        let again = |name: &str| Part {
            content: "content of d_1_1_0".to_owned(),
            ..part(name, 10, 0)
        };
        assert_eq!(counts(vec![again("d_7_7_0"), part("d_1_1_0", 10, 1)]), (0, 0, 1));
        assert_eq!(
            counts(vec![again("d_7_7_0"), again("d_8_8_0"), part("d_1_1_0", 10, 1)]),
            (1, 0, 1)
        );
    }
}
