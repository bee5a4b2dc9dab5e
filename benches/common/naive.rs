//! The design with three queries, as the Go service before Kulprit had it: count both windows by a template column, compare them in
//! the client, fetch messages of the best.
#![allow(dead_code, reason = "each bench uses one of the layouts")]

use std::collections::HashMap;

use clickhouse::Row;
use jiff::Timestamp;
use kulprit::questions::log_changes::PatternChanges;
use kulprit_clickhouse::Client;
use kulprit_clickhouse::Value;
use kulprit_request::time;
use kulprit_request::window::Window;
use serde::Deserialize;

use super::common::statement;

#[derive(Row, Deserialize)]
struct Count {
    template_id: u64,
    lines: u64,
}

#[derive(Row, Deserialize)]
#[expect(dead_code, reason = "only read to be timed")]
pub struct Samples {
    pub template_id: u64,
    pub messages: Vec<String>,
}

/// The texts of its statements, and the parameter that says whose lines are meant.
pub struct Design {
    pub counts: &'static str,
    pub samples: &'static str,
    pub scope: (&'static str, Value),
}

impl Design {
    /// Over the log table with a template column.
    pub fn of_logs(services: Vec<String>) -> Self {
        Self {
            counts: include_str!("../sql/naive_counts.sql"),
            samples: include_str!("../sql/naive_samples.sql"),
            scope: ("services", services.into()),
        }
    }

    /// Over a table with one row a line and panel that shows it.
    pub fn of_panel(panel: &str) -> Self {
        Self {
            counts: include_str!("../sql/panel_counts.sql"),
            samples: include_str!("../sql/panel_samples.sql"),
            scope: ("panel", panel.into()),
        }
    }

    /// The changed templates with their messages.
    pub async fn answer(&self, client: &Client, question: &PatternChanges) -> anyhow::Result<Vec<Samples>> {
        let current = self.counted(client, &question.current).await?;
        let baseline = self.counted(client, &question.baseline.first).await?;
        let best = most_changed(&current, &baseline, question.limit as usize);
        let mut params = self.params(question.baseline.first.from, question.current.to);
        params.push(("templates", Value::UInts(best)));
        Ok(client.rows(&statement(self.samples, params)).await?)
    }

    async fn counted(&self, client: &Client, window: &Window) -> anyhow::Result<HashMap<u64, u64>> {
        let params = self.params(window.from, window.to);
        let rows: Vec<Count> = client.rows(&statement(self.counts, params)).await?;
        Ok(rows.into_iter().map(|row| (row.template_id, row.lines)).collect())
    }

    fn params(&self, from: Timestamp, to: Timestamp) -> Vec<(&'static str, Value)> {
        vec![
            ("from", time::parameter(from).into()),
            ("to", time::parameter(to).into()),
            self.scope.clone(),
        ]
    }
}

/// Templates by their signed contribution to the divergence, smoothed by half a line.
fn most_changed(current: &HashMap<u64, u64>, baseline: &HashMap<u64, u64>, limit: usize) -> Vec<u64> {
    let mut templates: Vec<u64> = current.keys().chain(baseline.keys()).copied().collect();
    templates.sort_unstable();
    templates.dedup();
    let union = templates.len() as f64;
    let share = |counts: &HashMap<u64, u64>, template: u64, total: u64| {
        (counts.get(&template).copied().unwrap_or(0) as f64 + 0.5) / (total as f64 + 0.5 * union)
    };
    let (now, before) = (current.values().sum(), baseline.values().sum());
    let mut ranked: Vec<(f64, u64)> = templates
        .into_iter()
        .map(|template| {
            let (p, q) = (share(current, template, now), share(baseline, template, before));
            ((p - q) * (p / q).ln(), template)
        })
        .collect();
    ranked.sort_by(|one, other| other.0.total_cmp(&one.0));
    ranked.into_iter().take(limit).map(|(_, template)| template).collect()
}
