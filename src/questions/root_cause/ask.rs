//! The statements behind a root cause. What cannot be read is left out and named ([`crate::questions::degrade`]).

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::fusion::Suspect;
use super::question::Correlate;
use super::rows::{
    ClusterEvent, EventExample, Extent, HurtTrace, LatencyScore, LogScore, Named, Peer, SaturationScore, ServiceChange,
    SpanScore, SystemChange, Traffic, Volume,
};
use crate::config::Config;
use crate::questions::degrade::{Sources, wants_twin};
use crate::questions::health::{ServiceRow, by_metrics};
use crate::questions::topology::EdgeRow;
use crate::sources::sampling;
use crate::sources::working_set::WorkingSet;
use crate::{Error, Result};
use kulprit_clickhouse::Client;
use kulprit_clickhouse::{Options, Statement, Value};
use kulprit_request::{Window, if_there, time};

/// Metrics that say how much of a resource is taken: processor time, memory, and what waits for something.
pub(super) const SATURATION_METRICS: &str = "(?i)cpu|mem|heap|throttl|pending|queue";
/// Those among them that say how much is left, how much there could be, or what was set aside without being used.
pub(super) const OTHER_METRICS: &str = "(?i)idle|free|avail|limit|request|virtual";
/// Spans, or lines, of the window and of the history that one question reads at most, about; of more, whole traces are drawn by a hash of
/// their id.
const MOST_ROWS_OF_WINDOW: u64 = 300_000;
const MOST_ROWS_OF_HISTORY: u64 = 1_000_000;
/// How many fewer traces are drawn after reading them took too long.
const FEWER: u64 = 8;
/// Parts of the time limit for reading spans, and again with fewer of them; and for reading lines.
const SHARE_OF_SPANS: f64 = 0.35;
const SHARE_OF_LINES: f64 = 0.25;
/// What a tracer may hold back before it sends it: its batches go out every five seconds.
const BATCH: SignedDuration = SignedDuration::from_secs(5);
/// The part of the window that may be left out since it may not have ended.
const MOST_UNSETTLED: i32 = 10;
/// Blocks of the history at most, as in sql/sources/_block.sql.
const MOST_BLOCKS: f64 = 100.0;
/// Traces to show.
const TRACES: u64 = 20;

type Params = Vec<(&'static str, Value)>;

/// What an answer shows beside the suspects.
pub struct Beside {
    pub system: Vec<SystemChange>,
    pub cluster: Vec<ClusterEvent>,
    pub traces: Vec<HurtTrace>,
}

/// Asks only where there is something to ask about.
async fn rows_if<T>(is_worth_it: bool, rows: impl Future<Output = Result<Vec<T>>>) -> Result<Vec<T>> {
    if is_worth_it { rows.await } else { Ok(vec![]) }
}

/// Asks the statements of one question.
pub struct Asker<'a> {
    set: WorkingSet,
    question: &'a Correlate,
    /// How many traces there are for each that is read, in the history and in the window.
    one_in: u64,
    current_one_in: u64,
    /// Requests that began from here on may not have ended yet.
    settled_to: Timestamp,
    services_with_kinds: Vec<String>,
    /// What calls name.
    peers: Vec<Peer>,
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
    pub traffic: Vec<Traffic>,
    /// Of services that leave no spans.
    pub metrics: Vec<ServiceRow>,
}

impl Read {
    /// Keeps the rows about services that pass; what lies between two services needs both.
    fn keep(&mut self, passes: impl Fn(&str) -> bool) {
        self.logs.retain(|row| passes(&row.service));
        for row in &mut self.spans {
            row.best
                .retain(|(_, (kind, event), ..)| kind != "call" || passes(event));
        }
        // What changed is told of the window alone.
        self.spans
            .retain(|row| passes(&row.service) && (row.block > 0 || !row.best.is_empty()));
        self.latency
            .retain(|row| passes(&row.a) && (row.kind == "self" || passes(&row.b)));
        self.saturation.retain(|row| passes(&row.service));
        self.edges.retain(|row| passes(&row.caller) && passes(&row.callee));
        self.changes.retain(|row| passes(&row.service));
        self.traffic.retain(|row| passes(&row.service));
        self.metrics.retain(|row| passes(&row.service));
    }
}

impl<'a> Asker<'a> {
    pub fn new(client: &Client, config: &Config, question: &'a Correlate) -> Self {
        let options = Options {
            logs: config.logs.clone(),
            divergence: "udf",
            ..Options::default()
        };
        Self {
            set: WorkingSet::new(client, options),
            question,
            one_in: 1,
            current_one_in: 1,
            settled_to: question.window.to,
            services_with_kinds: vec![],
            peers: vec![],
            sources: Sources::default(),
        }
    }

    /// Reads everything that scores need: what stands in a session by one statement after the other, the rest beside it.
    pub async fn read(&mut self) -> Result<Read> {
        let client = self.set.client().clone();
        let saturation = Statement::query("root_cause/saturation_scores", &self.set.options, self.saturation())?;
        let window = self.question.window;
        let history = Window {
            from: self.question.history_from,
            to: window.from,
        };
        let (read, saturation, metrics, sampled) = tokio::join!(
            Box::pin(self.read_set()),
            client.rows::<SaturationScore>(&saturation),
            Box::pin(by_metrics(&client, window, history)),
            sampling::warnings(&client, window, &[]),
        );
        let mut read = read?;
        for warning in sampled.unwrap_or_default() {
            self.sources.warn(warning);
        }
        let saturation = self.sources.read(saturation, "saturation (otel_metrics_gauge)")?;
        if saturation.as_ref().is_some_and(Vec::is_empty) {
            self.sources.warn(
                "otel_metrics_gauge holds no metric of saturation with a history before the window: no saturation",
            );
        }
        read.saturation = saturation.unwrap_or_default();
        let metrics = self.sources.read(
            metrics,
            "metrics of requests (otel_metrics_sum, otel_metrics_histogram)",
        )?;
        read.metrics = metrics.unwrap_or_default();
        read.keep(|service| self.question.may_hear_of(service));
        Ok(read)
    }

    /// Reads what spans and lines say.
    async fn read_set(&mut self) -> Result<Read> {
        let (spans, lines) = tokio::join!(
            self.set.rows_apart::<Volume>("root_cause/span_volume", self.window()),
            self.set.rows_apart::<Volume>("root_cause/log_volume", self.window()),
        );
        let mut has_spans = self.volume(spans, "otel_traces", "spans")?;
        let table = self.set.options.logs.table.clone();
        let has_lines = self.volume(lines, &table, "log lines")?;
        let mut read = Read::default();
        if has_spans {
            let gathered = self.gather_spans().await;
            has_spans = self.sources.read(gathered, "spans (otel_traces)")?.is_some();
        }
        if has_spans {
            self.read_spans(&mut read).await?;
        }
        self.set.options.traced = has_spans;
        if has_lines {
            self.read_lines(&mut read, has_spans).await?;
        }
        Ok(read)
    }

    /// Fills the session's tables with spans, and finds where the window's requests have ended. Of too many it reads fewer.
    async fn gather_spans(&mut self) -> Result<()> {
        let params = self.traces();
        let mut gathered = self.set.create("sources/read", params, SHARE_OF_SPANS).await;
        if let Err(Error::Timeout(_)) = gathered {
            self.one_in *= FEWER;
            self.current_one_in *= FEWER;
            self.sources.warn(format!(
                "reading spans took too long: one trace in {} of the window and in {} of the history was read",
                self.current_one_in, self.one_in
            ));
            self.set.begin_again();
            let params = self.traces();
            gathered = self.set.create("sources/read", params, SHARE_OF_SPANS).await;
        }
        gathered?;
        let kinds = self.set.rows::<Named>("root_cause/kinds", self.traces()).await?;
        self.services_with_kinds = kinds.into_iter().map(|kind| kind.service).collect();
        self.set.create("sources/spans", self.spans(), 1.0).await?;
        let (set, params) = (&self.set, self.spans());
        let extents = Box::pin(set.rows::<Extent>("root_cause/extent", params.clone()));
        let peers = Box::pin(set.rows::<Peer>("root_cause/peers", params));
        let (extents, peers) = if set.options.session {
            (extents.await, peers.await)
        } else {
            tokio::join!(extents, peers)
        };
        self.settle(extents?.first().copied().unwrap_or_default());
        self.peers = peers?;
        self.set.create("sources/requests", self.requests(), 1.0).await?;
        self.set.create("sources/calls", self.requests(), 1.0).await?;
        Ok(())
    }

    /// Where spans end with the window, and some of the last have no parent yet, its last requests have not ended: leaves them out, as they are
    /// not in the history either.
    fn settle(&mut self, extent: Extent) {
        let window = self.question.window;
        let Some(last_end) = Timestamp::from_nanosecond(extent.last_end.into()).ok() else {
            return;
        };
        let takes = SignedDuration::from_secs_f64(extent.settled_ms.clamp(0.0, 3.6e6) / 1e3);
        let settled = last_end.saturating_sub(takes + BATCH).unwrap_or(window.to);
        let least = window
            .to
            .saturating_sub(window.duration() / MOST_UNSETTLED)
            .unwrap_or(window.from);
        let has_orphans = i128::from(extent.last_orphan) >= settled.as_nanosecond();
        if has_orphans && last_end > window.from {
            self.settled_to = settled.max(least).min(window.to);
        }
    }

    /// One statement after the other in a session, which takes one at a time; without one all at once.
    async fn read_spans(&mut self, read: &mut Read) -> Result<()> {
        let (set, params) = (&self.set, self.requests());
        let changes = Box::pin(set.rows("root_cause/service_changes", params.clone()));
        let traffic = Box::pin(set.rows("root_cause/traffic", params.clone()));
        let edges = Box::pin(set.rows("root_cause/edges", params.clone()));
        let spans = Box::pin(set.rows("root_cause/span_request_scores", params.clone()));
        let latency = Box::pin(set.rows("root_cause/latency_scores", params));
        let (changes, traffic, edges, spans, latency) = if set.options.session {
            (changes.await, traffic.await, edges.await, spans.await, latency.await)
        } else {
            tokio::join!(changes, traffic, edges, spans, latency)
        };
        read.changes = self.or_none(changes, "blast radius (otel_traces)")?;
        read.traffic = self.or_none(traffic, "traffic (otel_traces)")?;
        read.edges = self.or_none(edges, "topology (otel_traces)")?;
        read.spans = self.or_none(spans, "inner spans and calls (otel_traces)")?;
        read.latency = self.or_none(latency, "latency (otel_traces)")?;
        Ok(())
    }

    /// Reads the log patterns. Where Kulprit's functions cannot be used, plain SQL masks all messages: the two masks do not mix.
    async fn read_lines(&mut self, read: &mut Read, has_spans: bool) -> Result<()> {
        let [mut by_request, mut by_service] = self.ask_lines(has_spans).await;
        let errors = [by_request.as_ref().err(), by_service.as_ref().err()];
        let error = errors.into_iter().flatten().find(|error| wants_twin(error)).cloned();
        if let Some(error) = error {
            tracing::warn!(%error, "log patterns of a root cause are masked by plain SQL");
            self.sources.warn("log patterns are masked by plain SQL, since Kulprit's functions cannot be used: `kulprit doctor` says what to do");
            self.set.options.divergence = "sql";
            [by_request, by_service] = self.ask_lines(has_spans).await;
        }
        read.logs = self.or_none(by_request, "log patterns by request (the log table)")?;
        if has_spans && read.logs.is_empty() {
            self.sources.warn(
                "the log lines carry no trace ids of requests: their patterns are counted by service, not by request",
            );
        }
        read.logs
            .extend(self.or_none(by_service, "log patterns (the log table)")?);
        Ok(())
    }

    /// The log patterns by request, none without spans, and those of the other lines.
    async fn ask_lines(&mut self, has_spans: bool) -> [Result<Vec<LogScore>>; 2] {
        if let Err(error) = self.set.create("sources/lines", self.traces(), SHARE_OF_LINES).await {
            return [Err(error.clone()), Err(error)];
        }
        let by_request = match has_spans {
            true => self.set.rows("root_cause/log_request_scores", self.requests()).await,
            false => Ok(vec![]),
        };
        [
            by_request,
            self.set.rows("root_cause/log_scores", self.requests()).await,
        ]
    }

    /// How many requests of the window stand for one that was read in a block of the history: by how many traces were drawn, and by length.
    pub fn scale(&self) -> f64 {
        let window = self.question.window;
        let length = window.duration().as_secs_f64().max(f64::MIN_POSITIVE);
        let history = window.from.duration_since(self.question.history_from).as_secs_f64();
        let block = length.max(history / MOST_BLOCKS);
        let drawn = self.one_in as f64 / self.current_one_in.max(1) as f64;
        let settled = self.settled_to.duration_since(window.from).as_secs_f64();
        drawn * settled / block
    }

    /// Messages of a few log events, each a service and an id.
    pub async fn examples(&mut self, events: &[(String, u64)]) -> Result<Vec<EventExample>> {
        if events.is_empty() {
            return Ok(vec![]);
        }
        let examples = self
            .set
            .rows("root_cause/event_examples", self.examples_of(events))
            .await;
        self.or_none(examples, "examples of log patterns (the log table)")
    }

    /// What the answer shows beside the suspects: what changed in them, and traces of the window that met failed or slow requests of `hurt`, the
    /// worst first.
    pub async fn beside(&mut self, suspects: &[Suspect], hurt: Vec<String>) -> Result<Beside> {
        let suspects: Vec<String> = suspects.iter().map(|suspect| suspect.service.clone()).collect();
        let (has_suspects, has_hurt) = (!suspects.is_empty(), !hurt.is_empty());
        let mut of_system = self.window();
        let mut of_cluster = self.window();
        of_cluster.retain(|(name, _)| *name != "history_from");
        let mut of_traces = of_cluster.clone();
        of_system.extend([
            ("services", suspects.clone().into()),
            ("one_in", Value::UInt(self.one_in)),
        ]);
        of_cluster.push(("services", suspects.into()));
        of_traces.extend([("services", hurt.into()), ("limit", TRACES.into())]);
        let set = &self.set;
        let (system, cluster, traces) = tokio::join!(
            rows_if(has_suspects, set.rows_apart("root_cause/system_changes", of_system)),
            rows_if(has_suspects, set.rows_apart("root_cause/cluster_events", of_cluster)),
            rows_if(has_hurt, set.rows_apart("root_cause/hurt_traces", of_traces)),
        );
        // Metrics alone have suspects, too, and so have logs: that there are no spans, or no lines, has been said.
        Ok(Beside {
            system: self.or_none(
                if_there(system).map(Option::unwrap_or_default),
                "versions and instances (otel_traces)",
            )?,
            cluster: self.or_none(
                if_there(cluster).map(Option::unwrap_or_default),
                "events of Kubernetes (the log table)",
            )?,
            traces: self.or_none(traces, "traces (otel_traces)")?,
        })
    }

    /// Whether `table` can be read and holds anything. Draws traces when it holds too much.
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
        let current_one_in = volume.current_count.div_ceil(MOST_ROWS_OF_WINDOW).max(1);
        let of_history = volume.history_count.div_ceil(MOST_ROWS_OF_HISTORY).max(1);
        if current_one_in.max(of_history) > 1 {
            self.current_one_in = self.current_one_in.max(current_one_in);
            // A trace that is drawn in the history is drawn in the window as well.
            self.one_in = self.one_in.max(of_history).next_multiple_of(self.current_one_in);
            self.sources.warn(format!(
                "{table} holds many {what}: one trace in {} of the window and one in {} of the history was read",
                self.current_one_in, self.one_in
            ));
        }
        Ok(volume.current_count + volume.history_count > 0)
    }

    /// The rows; none, and a warning that names `what`, where they cannot be read.
    fn or_none<T>(&mut self, rows: Result<Vec<T>>, what: &str) -> Result<Vec<T>> {
        Ok(self.sources.read(rows, what)?.unwrap_or_default())
    }

    fn window(&self) -> Params {
        vec![
            ("from", time::parameter(self.question.window.from).into()),
            ("to", time::parameter(self.question.window.to).into()),
            ("history_from", time::parameter(self.question.history_from).into()),
        ]
    }

    fn saturation(&self) -> Params {
        let mut params = self.window();
        params.extend([("metrics", SATURATION_METRICS.into()), ("except", OTHER_METRICS.into())]);
        params
    }

    fn traces(&self) -> Params {
        let mut params = self.window();
        params.push(("one_in", Value::UInt(self.one_in)));
        params.push(("current_one_in", Value::UInt(self.current_one_in)));
        params
    }

    fn spans(&self) -> Params {
        let mut params = self.traces();
        params.push(("services_with_kinds", self.services_with_kinds.clone().into()));
        params
    }

    fn requests(&self) -> Params {
        let mut params = self.spans();
        let of = |get: fn(&Peer) -> &String| self.peers.iter().map(|peer| get(peer).clone()).collect::<Vec<_>>();
        let known = self.peers.iter().filter(|peer| peer.is_known);
        let called: BTreeSet<String> = known.map(|peer| peer.target.clone()).collect();
        params.push(("peers", of(|peer| &peer.peer).into()));
        params.push(("targets", of(|peer| &peer.target).into()));
        params.push(("called", called.into_iter().collect::<Vec<_>>().into()));
        params.push(("settled_to", time::parameter(self.settled_to).into()));
        params
    }

    fn examples_of(&self, events: &[(String, u64)]) -> Params {
        let events: BTreeSet<_> = events.iter().collect();
        let mut params = self.traces();
        let services: Vec<String> = events.iter().map(|(service, _)| service.clone()).collect();
        params.extend([
            ("services", services.into()),
            ("events", Value::UInts(events.iter().map(|(_, event)| *event).collect())),
        ]);
        params
    }
}
