//! Lines that were there before Kulprit: `cargo bench --bench backfill` inserts them (`KULPRIT_BENCH_ROWS`, 5 million unless set) into a
//! log table that Kulprit has never seen, runs `kulprit rollup backfill`, kills it half-way with SIGKILL, runs it again, and fails
//! unless the answers before, during and after are equal and their counts are those of a plain `GROUP BY`.

mod common;

use std::collections::HashMap;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clickhouse::Row;
use kulprit::questions::Analyzer;
use kulprit::questions::log_changes::{Answer, PatternChanges, changes};
use kulprit::scope::Scope;
use kulprit::{rollups, setup};
use kulprit_request::time;
use serde::Deserialize;

use common::{Bed, SERVICE, fresh_dir, program, question, rows, statement};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let bed = Bed::open(fresh_dir("bench-backfill")).await?;
    bed.create_log_table().await?;
    let lines = rows("KULPRIT_BENCH_ROWS", 5_000_000)?;
    bed.generate(lines).await?;
    println!("{lines} lines are in the log table");
    setup::apply(&bed.config, &bed.client).await?;

    let before = Answers::ask(&bed).await.context("before the backfill")?;
    before.check_counts(&bed).await?;

    let start = Instant::now();
    let mut command = backfill(&bed)?;
    let all = buckets_left(&bed).await?;
    let mut asked = 0;
    while buckets_left(&bed).await? > all / 2 {
        let ended = command.try_wait()?;
        ensure!(ended.is_none(), "the backfill ended before it was killed: {ended:?}");
        before.check_same(&Answers::ask(&bed).await?, "while the backfill runs")?;
        asked += 1;
    }
    command.kill()?;
    command.wait()?;
    // What the killed command had asked for may still run inside ClickHouse.
    before.check_same(&Answers::ask(&bed).await?, "right after the kill")?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    before.check_same(&Answers::ask(&bed).await?, "a while after the kill")?;
    let left = buckets_left(&bed).await?;
    ensure!(left > 0, "the kill came too late");
    println!("killed with {left} of {all} buckets left; answers were equal before it ({asked} times) and after it");

    let status = backfill(&bed)?.wait()?;
    ensure!(status.success(), "the second backfill ended with {status}");
    ensure!(buckets_left(&bed).await? == 0, "the second backfill left something");
    let seconds = start.elapsed().as_secs_f64();
    println!("filled in within {seconds:.1} s, with the answers asked for meanwhile");

    let after = Answers::ask(&bed).await.context("after the backfill")?;
    before.check_same(&after, "after the backfill")?;
    after.check_counts(&bed).await?;
    // What now comes from the rollup does not need the log table.
    let emptied = statement("TRUNCATE TABLE otel_logs", vec![]);
    bed.client.execute(&emptied).await?;
    let whole = after.ask_again(&bed, 0).await?;
    ensure!(
        whole.totals == after.answers[0].1.totals,
        "the rollup does not know every line"
    );
    println!("answers before, during and after the backfill are equal");

    let data = bed.data.clone();
    bed.engine.stop().await?;
    Ok(std::fs::remove_dir_all(data)?)
}

/// `kulprit rollup backfill`, as a user runs it.
fn backfill(bed: &Bed) -> anyhow::Result<Child> {
    let at = bed.engine.endpoint();
    Command::new(program()?)
        .args(["rollup", "backfill"])
        .env("CLICKHOUSE_URL", &at.url)
        .env("CLICKHOUSE_USER", &at.user)
        .env("CLICKHOUSE_PASSWORD", &at.password)
        .stdout(Stdio::null())
        .spawn()
        .context("start the backfill")
}

async fn buckets_left(bed: &Bed) -> anyhow::Result<usize> {
    Ok(rollups::logs::remaining(&bed.client, &bed.config.logs, None)
        .await?
        .buckets
        .len())
}

/// Questions with their answers.
struct Answers {
    answers: Vec<(PatternChanges, Answer)>,
}

#[derive(Row, Deserialize)]
struct Plain {
    service: String,
    pattern_id: u64,
    current_count: u64,
    baseline_count: u64,
}

impl Answers {
    /// An hour and six hours, whole minutes and cut ones, all services and one.
    async fn ask(bed: &Bed) -> anyhow::Result<Self> {
        let mut cut = question(90, &[], 100)?;
        for window in [&mut cut.current, &mut cut.baseline.first] {
            window.from = window.from.checked_add(jiff::SignedDuration::from_millis(12_345))?;
        }
        let mut answers = vec![];
        for question in [question(360, &[SERVICE], 100)?, question(60, &[], 100)?, cut] {
            answers.push((question.clone(), ask(bed, &question).await?));
        }
        Ok(Self { answers })
    }

    async fn ask_again(&self, bed: &Bed, index: usize) -> anyhow::Result<Answer> {
        ask(bed, &self.answers[index].0).await
    }

    /// Everything but the sample messages, of which each pattern has many.
    fn check_same(&self, other: &Self, when: &str) -> anyhow::Result<()> {
        for ((question, mine), (_, theirs)) in self.answers.iter().zip(&other.answers) {
            let comparable = |answer: &Answer| {
                let mut groups = answer.log_groups.clone();
                groups.iter_mut().for_each(|group| group.representative_logs.clear());
                groups
            };
            let (one, other) = (comparable(mine), comparable(theirs));
            let differing = one.iter().zip(&other).find(|(one, other)| one != other);
            ensure!(
                one.len() == other.len() && differing.is_none(),
                "the answer {when} differs for {question:?}: {differing:?}"
            );
            let (mine, theirs) = (&mine.totals, &theirs.totals);
            let near = |one: f64, other: f64| (one - other).abs() <= 1e-12;
            ensure!(
                mine.current_count == theirs.current_count
                    && mine.baseline_count == theirs.baseline_count
                    && mine.patterns == theirs.patterns
                    && near(mine.kl_divergence, theirs.kl_divergence)
                    && near(mine.jensen_shannon, theirs.jensen_shannon),
                "the totals {when} differ for {question:?}: {mine:?} and {theirs:?}"
            );
        }
        Ok(())
    }

    /// Holds the counts against a plain `GROUP BY`.
    async fn check_counts(&self, bed: &Bed) -> anyhow::Result<()> {
        for (question, answer) in &self.answers {
            let text = include_str!("sql/plain_counts.sql");
            let params = vec![
                ("current_from", time::parameter(question.current.from).into()),
                ("current_to", time::parameter(question.current.to).into()),
                ("baseline_from", time::parameter(question.baseline.first.from).into()),
                ("baseline_to", time::parameter(question.baseline.first.to).into()),
            ];
            let plain: Vec<Plain> = bed.client.rows(&statement(text, params)).await?;
            let plain: HashMap<(String, String), (u64, u64)> = plain
                .into_iter()
                .map(|row| {
                    let key = (row.service, row.pattern_id.to_string());
                    (key, (row.current_count, row.baseline_count))
                })
                .collect();
            ensure!(!answer.log_groups.is_empty(), "the answer to {question:?} is empty");
            for group in &answer.log_groups {
                let counted = plain.get(&(group.service.clone(), group.pattern_id.clone()));
                ensure!(
                    counted == Some(&(group.current_count, group.baseline_count)),
                    "{group:?} has other counts than GROUP BY: {counted:?}"
                );
            }
        }
        Ok(())
    }
}

async fn ask(bed: &Bed, question: &PatternChanges) -> anyhow::Result<Answer> {
    let scope = Scope::of(question.services.clone());
    // A new analyzer each time, so that none remembers how far the rollup reached.
    let analyzer = Analyzer::new(bed.client.clone(), bed.config.clone());
    Ok(changes(&analyzer, question, scope, false).await?)
}
