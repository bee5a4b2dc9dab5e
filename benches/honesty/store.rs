//! The engine under test, with real and generated lines in it.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use kulprit::questions::Analyzer;
use kulprit::questions::log_changes::{Answer, PatternChanges, changes};
use kulprit::rollups::logs::Roller;
use kulprit::scope::Scope;
use kulprit::setup;
use kulprit_clickhouse::Insert;
use kulprit_clickhouse::Value;
use kulprit_request::{time, window::Window};
use serde::Deserialize;

use crate::common::{Bed, program, statement};
use crate::traffic::{self, Line, Rng};

const SEED: u64 = 20_260_131;
const SERVICES: usize = 12;
const MINUTES: u32 = 420;

pub struct Store {
    pub bed: Bed,
    pub analyzer: Analyzer,
}

#[derive(clickhouse::Row, Deserialize)]
struct Named {
    name: String,
}

/// Lines of one service in one minute.
#[derive(clickhouse::Row, Deserialize)]
pub struct Minute {
    pub second: u64,
    pub lines: u64,
}

impl Store {
    pub async fn open(data: PathBuf) -> anyhow::Result<Self> {
        let bed = Bed::open(data).await?;
        setup::apply(&bed.config, &bed.client).await?;
        let analyzer = Analyzer::new(bed.client.clone(), bed.config.clone());
        Ok(Self { bed, analyzer })
    }

    /// Generates traffic of several services; its beginning and its minutes.
    pub async fn generated(&self) -> anyhow::Result<(Timestamp, u32)> {
        let from: Timestamp = "2026-01-31T06:00:00Z".parse()?;
        for number in 0..SERVICES {
            let mut rng = Rng::new(SEED + number as u64);
            let lines = traffic::service(&format!("gen/{number:02}"), &mut rng, from, MINUTES);
            self.insert(&lines).await?;
        }
        self.roll().await?;
        Ok((from, MINUTES))
    }

    pub async fn insert(&self, lines: &[Line]) -> anyhow::Result<()> {
        self.insert_at("INFO", lines).await
    }

    /// Stores lines of one level.
    pub async fn insert_at(&self, level: &str, lines: &[Line]) -> anyhow::Result<()> {
        let mut body = Vec::new();
        for (time, service, message) in lines {
            let row = serde_json::json!({"Timestamp": time::parameter(*time), "ServiceName": service, "SeverityText": level,
                "Body": message});
            serde_json::to_writer(&mut body, &row)?;
            body.push(b'\n');
        }
        let token = lines.first().map_or_else(String::new, |line| {
            format!("{} {level} {} {}", line.1, line.2, lines.len())
        });
        let insert = Insert {
            table: "otel_logs",
            columns: &[],
            format: "JSONEachRow",
            token: &token,
        };
        Ok(self.bed.client.insert(insert, Bytes::from(body)).await?)
    }

    /// Ingests the recorded logs by the program, as a user would.
    pub async fn ingest(&self, directory: &Path) -> anyhow::Result<()> {
        for day in std::fs::read_dir(directory)? {
            let logs = day?.path().join("otel_logs.parquet");
            if logs.exists() {
                let done = tokio::process::Command::new(program()?)
                    .args(["ingest", "--ignore-unknown"])
                    .arg(&logs)
                    .arg("--data")
                    .arg(&self.bed.data)
                    .env_remove("CLICKHOUSE_URL")
                    .output()
                    .await?;
                anyhow::ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            }
        }
        self.roll().await
    }

    pub async fn roll(&self) -> anyhow::Result<()> {
        Roller::new(self.bed.client.clone(), &self.bed.config)
            .catch_up()
            .await?;
        Ok(())
    }

    pub async fn services(&self) -> anyhow::Result<Vec<String>> {
        let rows: Vec<Named> = self
            .bed
            .client
            .rows(&statement(include_str!("../sql/services.sql"), vec![]))
            .await?;
        Ok(rows.into_iter().map(|row| row.name).collect())
    }

    pub async fn minutes(&self, service: &str, window: Window) -> anyhow::Result<Vec<Minute>> {
        let params = vec![
            ("service", service.into()),
            ("from", time::parameter(window.from).into()),
            ("to", time::parameter(window.to).into()),
        ];
        Ok(self
            .bed
            .client
            .rows(&statement(include_str!("../sql/minutes_of_service.sql"), params))
            .await?)
    }

    /// Copies the lines of `service` in `window` to the service `copy`.
    pub async fn copy(&self, service: &str, copy: &str, window: Window) -> anyhow::Result<()> {
        let params = vec![
            ("service", service.into()),
            ("copy", copy.into()),
            ("from", time::parameter(window.from).into()),
            ("to", time::parameter(window.to).into()),
        ];
        Ok(self
            .bed
            .client
            .execute(&statement(include_str!("../sql/copy_service.sql"), params))
            .await?)
    }

    /// All groups of the two windows.
    pub async fn ask(&self, current: Window, baseline: Window, services: Vec<String>) -> anyhow::Result<Answer> {
        let scope = Scope::of(services.clone());
        let question = PatternChanges {
            current,
            baseline: baseline.into(),
            services,
            attributes: vec![],
            limit: 100_000,
        };
        Ok(changes(&self.analyzer, &question, scope, false).await?)
    }

    /// Holds the counts of answers over odd windows to those of the log table.
    pub async fn counts_add_up(&self) -> anyhow::Result<()> {
        let from: Timestamp = "2026-01-31T06:07:13Z".parse()?;
        let mut held = 0;
        for step in 1..=20 {
            let at = |seconds: i64| from.checked_add(SignedDuration::from_secs(seconds));
            let current = Window {
                from: at(700 * step)?,
                to: at(700 * step + 37 * step)?,
            };
            let baseline = Window {
                from: at(700 * step - 60 * step)?,
                to: at(700 * step)?,
            };
            let answer = self.ask(current, baseline, vec![]).await?;
            for (window, total, groups) in [
                (
                    current,
                    answer.totals.current_count,
                    answer.log_groups.iter().map(|group| group.current_count).sum::<u64>(),
                ),
                (
                    baseline,
                    answer.totals.baseline_count,
                    answer.log_groups.iter().map(|group| group.baseline_count).sum(),
                ),
            ] {
                let params = vec![
                    ("from", Value::from(time::parameter(window.from))),
                    ("to", time::parameter(window.to).into()),
                ];
                let rows: Vec<Minute> = self
                    .bed
                    .client
                    .rows(&statement(include_str!("../sql/lines.sql"), params))
                    .await?;
                let lines = rows.first().map_or(0, |row| row.lines);
                anyhow::ensure!(
                    lines == total && lines == groups,
                    "{window:?}: {lines} lines, total {total}, groups {groups}"
                );
                held += 1;
            }
        }
        println!("\nCounts: the groups of {held} windows add up to their totals and to the lines of the log table");
        Ok(())
    }

    pub async fn close(self) -> anyhow::Result<()> {
        self.bed.engine.stop().await?;
        Ok(())
    }
}

pub fn window(from: Timestamp, seconds: i64) -> Window {
    Window {
        from,
        to: from.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(from),
    }
}
