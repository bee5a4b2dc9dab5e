//! Which log patterns changed between two windows.

use jiff::Timestamp;

use super::onset::{seconds, step_seconds};
use crate::Result;
use crate::config::Divergence;
use crate::rollups::logs::Cells;
use crate::sources::Needs;
use kulprit_clickhouse::{LogTable, Options, Statement, TupleColumn, Value};
use kulprit_request::Baseline;
use kulprit_request::Window;
use kulprit_request::time;

/// What is asked: two windows, the services and attributes in scope, and how many patterns to return.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PatternChanges {
    pub current: Window,
    pub baseline: Baseline,
    /// None means all.
    pub services: Vec<String>,
    /// Attributes that a line must carry. None means any line.
    pub attributes: Vec<(String, String)>,
    /// 1 to 100.
    pub limit: u32,
}

/// The slices into which the statements cut the past (`sql/log_changes/_past.sql`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slices {
    pub from: Timestamp,
    pub seconds: i64,
    pub count: usize,
}

/// Where the counts come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The minute rollup alone: for whole minutes whose lines it counts as they are now. Where it counts all lines that there are, with a hash
    /// of the log table's parts.
    Rollup(Option<u64>),
    /// The rollup from this minute on but for what it does not count as it is now, the log table elsewhere.
    Mixed {
        covered_from: Option<Timestamp>,
        uncounted: Cells,
    },
    /// The log table alone, with no function or table of Kulprit's.
    Raw,
}

/// After all lines, and still within ClickHouse's `DateTime`.
const FAR_FUTURE: &str = "2100-01-01 00:00:00";

/// The columns of `kulprit_changes`, from which the statements' columns follow, whether the function computes them or plain SQL.
pub fn columns() -> Vec<TupleColumn> {
    let columns = kulprit_udf::CHANGES_COLUMNS.iter();
    columns
        .map(|column| TupleColumn {
            name: column.name,
            kind: column.kind,
            meaning: column.meaning,
        })
        .collect()
}

/// What the rollup does not count as it is now.
fn uncounted(cells: &Cells) -> [(&'static str, Value); 4] {
    let at = |second: u32| time::whole_seconds(time::of_seconds(second));
    let spans: Vec<(String, String)> = cells.spans.iter().map(|(from, to)| (at(*from), at(*to))).collect();
    let (from, to) = cells.bounds.unwrap_or_default();
    [
        ("uncounted_cells", cells.cells.clone().into()),
        ("uncounted_spans", spans.into()),
        ("uncounted_from", at(from).into()),
        ("uncounted_to", at(to).into()),
    ]
}

impl PatternChanges {
    /// The statement that answers from `source`.
    pub fn statement(&self, logs: &LogTable, source: Source, divergence: Divergence) -> Result<Statement> {
        self.statement_ignoring(&[], logs, source, divergence)
    }

    /// The same, which leaves these patterns out of the ranking.
    pub(super) fn statement_ignoring(
        &self,
        ignored: &[u64],
        logs: &LogTable,
        source: Source,
        divergence: Divergence,
    ) -> Result<Statement> {
        let name = match &source {
            Source::Rollup(_) => "log_changes/pattern_changes_rollup",
            Source::Mixed { .. } => "log_changes/pattern_changes",
            Source::Raw => "log_changes/pattern_changes_raw",
        };
        let divergence = if source == Source::Raw {
            Divergence::Sql
        } else {
            divergence
        };
        let options = Options {
            logs: logs.clone(),
            divergence: divergence.word(),
            scoped: !self.services.is_empty(),
            filtered: !self.attributes.is_empty(),
            median: !self.baseline.more.is_empty(),
            sliced: true,
            uncounted: matches!(&source, Source::Mixed { uncounted, .. } if !uncounted.is_empty()),
            ignoring: !ignored.is_empty(),
            changes_columns: columns(),
            ..Options::default()
        };
        let mut params = self.params(&source);
        if !ignored.is_empty() {
            params.push(("ignored_patterns", ignored.to_vec().into()));
        }
        Statement::query(name, &options, params)
    }

    /// The windows whose lines are looked at, the past among them.
    pub fn looked_at(&self) -> Vec<Window> {
        let past = Window {
            from: self.earliest(),
            to: self.baseline.first.to,
        };
        let more = self.baseline.more.iter().copied();
        [self.current, past].into_iter().chain(more).collect()
    }

    /// What it reads of sources that are read in place: of the past less than of the windows, where there is much.
    pub fn needs(&self) -> Needs {
        let mut lines = vec![self.current, self.baseline.first];
        lines.extend(&self.baseline.more);
        lines.extend(self.looked_at());
        Needs {
            lines,
            services: self.services.clone(),
            ..Needs::default()
        }
    }

    /// No line before this is looked at.
    pub fn earliest(&self) -> Timestamp {
        let past_from = self.slices(false).from.max(Timestamp::UNIX_EPOCH);
        past_from.min(self.current.from).min(self.baseline.earliest())
    }

    /// The past's slices; of the log table alone (`is_raw`) it is the baseline.
    pub fn slices(&self, is_raw: bool) -> Slices {
        let (current, baseline) = (seconds(&self.current), seconds(&self.baseline.first));
        let past = if is_raw {
            baseline
        } else {
            baseline.max(3_600).max(current.saturating_mul(8).min(7_200))
        };
        let slice = 60 * ((current.max(past / 30).min(past / 12) + 59) / 60).max(1);
        let count = (past + slice - 1) / slice;
        let from = self.baseline.first.to.as_second().saturating_sub(slice * count);
        Slices {
            from: Timestamp::from_second(from).unwrap_or(Timestamp::UNIX_EPOCH),
            seconds: slice,
            count: count as usize,
        }
    }

    /// Whether the baseline is the window just before, which an incident may have reached.
    pub fn is_against_previous(&self) -> bool {
        self.baseline.more.is_empty() && self.baseline.first.to == self.current.from
    }

    fn params(&self, source: &Source) -> Vec<(&'static str, Value)> {
        let instant = |at: Timestamp| match source {
            Source::Rollup(_) => time::whole_seconds(at),
            Source::Mixed { .. } | Source::Raw => time::parameter(at),
        };
        let more = &self.baseline.more;
        let more: Vec<(String, String)> = more
            .iter()
            .map(|window| (instant(window.from), instant(window.to)))
            .collect();
        let mut params = vec![
            ("current_from", instant(self.current.from).into()),
            ("current_to", instant(self.current.to).into()),
            ("baseline_from", instant(self.baseline.first.from).into()),
            ("baseline_to", instant(self.baseline.first.to).into()),
            ("limit", self.limit.into()),
        ];
        let slices = self.slices(*source == Source::Raw);
        params.extend([
            (
                "past_from",
                time::whole_seconds(slices.from.max(Timestamp::UNIX_EPOCH)).into(),
            ),
            ("past_slices", Value::UInt(slices.count as u64)),
            ("slice_seconds", Value::Int(slices.seconds)),
            ("step_seconds", Value::Int(step_seconds(&self.current))),
        ]);
        if !more.is_empty() {
            params.push(("more_baselines", more.into()));
        }
        if let Source::Mixed {
            covered_from,
            uncounted,
        } = source
        {
            if !uncounted.is_empty() {
                params.extend(self::uncounted(uncounted));
            }
            // Attributes are not in the rollup, so a filter on them reads the log table only.
            let covered_from = covered_from.filter(|_| self.attributes.is_empty());
            params.push((
                "covered_from",
                covered_from
                    .map_or_else(|| FAR_FUTURE.to_owned(), time::parameter)
                    .into(),
            ));
        }
        if !self.services.is_empty() {
            params.push(("services", self.services.clone().into()));
        }
        if !self.attributes.is_empty() {
            let (keys, values): (Vec<_>, Vec<_>) = self.attributes.iter().cloned().unzip();
            params.extend([("attribute_keys", keys.into()), ("attribute_values", values.into())]);
        }
        params
    }
}
