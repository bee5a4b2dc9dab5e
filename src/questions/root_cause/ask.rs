//! The statements behind a root cause. What cannot be read is left out and named ([`crate::questions::degrade`]).

use std::collections::BTreeSet;

use clickhouse::{Row, RowOwned, RowRead};

use super::question::Correlate;
use super::rows::{EventExample, HurtTrace, LatencyScore, LogScore, SaturationScore, ServiceChange, SpanScore, Volume};
use crate::Result;
use crate::config::Config;
use crate::questions::degrade::{Sources, wants_twin};
use crate::questions::topology::EdgeRow;
use kulprit_clickhouse::Client;
use kulprit_clickhouse::{Options, Statement, Value};
use kulprit_request::time;

/// Metrics that say how much of a resource is taken: processor time, memory, and what waits for something.
const SATURATION_METRICS: &str = "(?i)cpu|mem|heap|throttl|pending|queue";
/// Those among them that say how much is left, or how much there could be.
const OTHER_METRICS: &str = "(?i)idle|free|avail|limit|request";
/// Spans, or lines, that one question reads at most, about; of more, whole traces are drawn by a hash of their id.
const MOST_ROWS: u64 = 1_000_000;
/// Traces to show.
const TRACES: u64 = 20;

/// Asks the statements of one question.
pub struct Asker<'a> {
    client: &'a Client,
    options: Options,
    question: &'a Correlate,
    one_in: u64,
    pub sources: Sources,
}

/// What is known of the window once all has been read.
#[derive(Debug, Default)]
pub struct Read {
    pub logs: Vec<LogScore>,
    pub spans: Vec<SpanScore>,
    pub latency: Vec<LatencyScore>,
    pub saturation: Vec<SaturationScore>,
    pub edges: Vec<EdgeRow>,
    pub changes: Vec<ServiceChange>,
}

impl Read {
    /// Keeps the rows about services that pass; what lies between two services needs both.
    fn keep(&mut self, passes: impl Fn(&str) -> bool) {
        self.logs.retain(|row| passes(&row.service));
        self.spans
            .retain(|row| passes(&row.service) && (row.kind != "call" || passes(&row.event)));
        self.latency
            .retain(|row| passes(&row.a) && (row.kind != "gap" || passes(&row.b)));
        self.saturation.retain(|row| passes(&row.service));
        self.edges.retain(|row| passes(&row.caller) && passes(&row.callee));
        self.changes.retain(|row| passes(&row.service));
    }
}

impl<'a> Asker<'a> {
    pub fn new(client: &'a Client, config: &Config, question: &'a Correlate) -> Self {
        let options = Options {
            logs: config.logs.clone(),
            divergence: "udf",
            ..Options::default()
        };
        Self {
            client,
            options,
            question,
            one_in: 1,
            sources: Sources::default(),
        }
    }

    /// Reads everything that scores need.
    pub async fn read(&mut self) -> Result<Read> {
        let (spans, lines, saturation) = tokio::join!(
            self.rows::<Volume>("root_cause/span_volume", self.window()),
            self.rows::<Volume>("root_cause/log_volume", self.window()),
            self.rows("root_cause/saturation_scores", self.saturation()),
        );
        let has_spans = self.volume(spans, "otel_traces", "spans")?;
        let table = self.options.logs.table.clone();
        let has_lines = self.volume(lines, &table, "log lines")?;
        let saturation = self.sources.read(saturation, "saturation (otel_metrics_gauge)")?;
        if saturation.as_ref().is_some_and(Vec::is_empty) {
            self.sources.warn(
                "otel_metrics_gauge holds no metric of saturation with a history before the window: no saturation",
            );
        }
        let mut read = Read {
            saturation: saturation.unwrap_or_default(),
            ..Read::default()
        };
        let by_request = match has_spans {
            true => self.read_spans(&mut read, has_lines).await?,
            false => Ok(vec![]),
        };
        if has_lines {
            self.read_logs(&mut read, has_spans, by_request).await?;
        }
        read.keep(|service| self.question.may_hear_of(service));
        Ok(read)
    }

    /// Reads the log patterns; those of requests have been asked for already. Where Kulprit's functions cannot be used, plain SQL masks
    /// all messages: the two masks do not mix.
    async fn read_logs(
        &mut self,
        read: &mut Read,
        has_spans: bool,
        mut by_request: Result<Vec<LogScore>>,
    ) -> Result<()> {
        self.options.traced = has_spans;
        let mut logs = self.rows("root_cause/log_scores", self.traces()).await;
        let errors = [by_request.as_ref().err(), logs.as_ref().err()];
        let error = errors.into_iter().flatten().find(|error| wants_twin(error)).cloned();
        if let Some(error) = error {
            tracing::warn!(%error, "log patterns of a root cause are masked by plain SQL");
            self.sources.warn("log patterns are masked by plain SQL, since Kulprit's functions cannot be used: `kulprit doctor` says what to do");
            self.options.divergence = "sql";
            by_request = self.log_request_scores(has_spans).await;
            logs = self.rows("root_cause/log_scores", self.traces()).await;
        }
        read.logs = self.or_none(by_request, "log patterns by request (the log table)")?;
        if has_spans && read.logs.is_empty() {
            self.sources.warn(
                "the log lines carry no trace ids of requests: their patterns are counted by service, not by request",
            );
        }
        read.logs.extend(self.or_none(logs, "log patterns (the log table)")?);
        Ok(())
    }

    /// None where there are no spans, or no lines.
    async fn log_request_scores(&self, has_both: bool) -> Result<Vec<LogScore>> {
        match has_both {
            true => self.rows("root_cause/log_request_scores", self.traces()).await,
            false => Ok(vec![]),
        }
    }

    /// Reads what spans tell, and meanwhile the log patterns of requests, which it hands out as they came.
    async fn read_spans(&mut self, read: &mut Read, has_lines: bool) -> Result<Result<Vec<LogScore>>> {
        let (logs, spans, latency, edges, changes) = tokio::join!(
            self.log_request_scores(has_lines),
            self.rows("root_cause/span_request_scores", self.traces()),
            self.rows("root_cause/latency_scores", self.traces()),
            self.rows("topology/edges", self.traces()),
            self.rows("root_cause/service_changes", self.traces()),
        );
        read.spans = self.or_none(spans, "inner spans and calls (otel_traces)")?;
        read.latency = self.or_none(latency, "latency (otel_traces)")?;
        read.edges = self.or_none(edges, "topology (otel_traces)")?;
        read.changes = self.or_none(changes, "blast radius (otel_traces)")?;
        Ok(logs)
    }

    /// Messages of a few log events: service, source position, masked text.
    pub async fn examples(&mut self, events: &[(String, String, u64)]) -> Result<Vec<EventExample>> {
        if events.is_empty() {
            return Ok(vec![]);
        }
        let examples = self.rows("root_cause/event_examples", self.examples_of(events)).await;
        self.or_none(examples, "examples of log patterns (the log table)")
    }

    /// Traces of the window that met failed or slow requests of `services`, the worst first.
    pub async fn traces_of(&mut self, services: Vec<String>) -> Result<Vec<HurtTrace>> {
        if services.is_empty() {
            return Ok(vec![]);
        }
        let mut params = self.window();
        params.retain(|(name, _)| *name != "history_from");
        params.extend([("services", services.into()), ("limit", TRACES.into())]);
        let traces = self.rows("root_cause/hurt_traces", params).await;
        self.or_none(traces, "traces (otel_traces)")
    }

    async fn rows<T: Row + RowOwned + RowRead>(
        &self,
        name: &'static str,
        params: Vec<(&'static str, Value)>,
    ) -> Result<Vec<T>> {
        let statement = Statement::query(name, &self.options, params)?;
        self.client.rows(&statement).await
    }

    /// Whether `table` can be read and holds anything in the window. Draws traces when it holds too much.
    fn volume(&mut self, rows: Result<Vec<Volume>>, table: &str, what: &str) -> Result<bool> {
        let Some(rows) = self.sources.read(rows, &format!("{what} ({table})"))? else {
            return Ok(false);
        };
        let volume = rows.first().copied().unwrap_or_default();
        if volume.current_count == 0 {
            self.sources.warn(format!("{table} holds no {what} in the window"));
        } else if volume.history_count == 0 {
            self.sources.warn(format!(
                "{table} holds no {what} in the history before the window: nothing to hold the window against"
            ));
        }
        let one_in = (volume.current_count + volume.history_count).div_ceil(MOST_ROWS).max(1);
        if one_in > self.one_in {
            self.one_in = one_in;
            self.sources
                .warn(format!("{table} holds many {what}: one trace in {one_in} was read"));
        }
        Ok(volume.current_count > 0)
    }

    /// The rows; none, and a warning that names `what`, where they cannot be read.
    fn or_none<T>(&mut self, rows: Result<Vec<T>>, what: &str) -> Result<Vec<T>> {
        Ok(self.sources.read(rows, what)?.unwrap_or_default())
    }

    fn window(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("from", time::parameter(self.question.window.from).into()),
            ("to", time::parameter(self.question.window.to).into()),
            ("history_from", time::parameter(self.question.history_from).into()),
        ]
    }

    fn traces(&self) -> Vec<(&'static str, Value)> {
        let mut params = self.window();
        params.push(("one_in", self.one_in.into()));
        params
    }

    fn saturation(&self) -> Vec<(&'static str, Value)> {
        let mut params = self.window();
        params.push(("metrics", SATURATION_METRICS.into()));
        params.push(("except", OTHER_METRICS.into()));
        params
    }

    fn examples_of(&self, events: &[(String, String, u64)]) -> Vec<(&'static str, Value)> {
        let events: BTreeSet<_> = events.iter().collect();
        let mut params = self.traces();
        let of = |get: fn(&(String, String, u64)) -> String| events.iter().map(|event| get(event)).collect::<Vec<_>>();
        params.extend([
            ("services", of(|event| event.0.clone()).into()),
            ("sites", of(|event| event.1.clone()).into()),
            ("shapes", Value::UInts(events.iter().map(|event| event.2).collect())),
        ]);
        params
    }
}
