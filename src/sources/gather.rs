//! What one question reads in place: into temporary tables of a ClickHouse session of its own, which have the OpenTelemetry exporter's columns and
//! stand in the place of the database's tables of the same names. Statements do not know.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use kulprit_clickhouse::{Client, LogTable, Options, Statement, Value};
use kulprit_request::Window;
use serde::{Deserialize, Serialize};

use super::{Place, loki, prometheus, tempo};
use crate::config::Config;
use crate::{Error, Result};

/// A session's tables are dropped when it was idle for so long.
const IDLE: Duration = Duration::from_secs(10);
/// The part of the time limit that reading in place may take.
const SHARE: f64 = 0.6;

/// What a question is about. An empty list of windows: it reads nothing of that kind.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// Log lines, of the most important window first.
    pub lines: Vec<Window>,
    /// Spans, likewise.
    pub spans: Vec<Window>,
    /// Requests that metrics count, in these windows.
    pub metered: Vec<Window>,
    /// When objectives are judged, and the longest of their periods in seconds.
    pub objectives: Option<(Timestamp, u32)>,
    /// Gauges whose names match the first regular expression, and not the second.
    pub saturation: Option<(Window, &'static str, &'static str)>,
    /// Of spans only those of this trace, instead of those of windows.
    pub spans_of: Option<String>,
    /// Of lines only those of this trace.
    pub lines_of: Option<String>,
    /// None means all.
    pub services: Vec<String>,
}

/// What is read of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    LogLines,
    Spans,
    Metrics,
}

/// What an answer has read in place, of one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SourceRead {
    /// `loki`, `tempo` or `prometheus`.
    pub source: String,
    pub kind: Kind,
    /// Lines, spans or points that were read.
    pub read: u64,
    /// How many there are, where the source tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub there: Option<u64>,
    /// Whether what was read stands for more.
    pub sampled: bool,
    /// Requests that the source was sent.
    pub requests: u64,
    pub milliseconds: u64,
    /// Why nothing could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Where a question's statements are to be sent, and what was read for it.
pub struct Gathered {
    pub client: Client,
    pub config: Config,
    /// None where nothing is read in place.
    pub sources: Vec<SourceRead>,
    pub warnings: Vec<String>,
    errors: Vec<(Kind, Error)>,
}

impl Gathered {
    /// Errors: what of this kind is read in place could not be.
    pub fn need(&self, kind: Kind) -> Result<()> {
        match self.errors.iter().find(|(missing, _)| *missing == kind) {
            Some((_, error)) => Err(error.clone()),
            None => Ok(()),
        }
    }

    /// Errors: nothing that is read in place could be.
    pub fn need_any(&self) -> Result<()> {
        match self.errors.first() {
            Some((_, error)) if self.errors.len() == self.sources.len() => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// What the answer of two says of where it comes from.
    pub fn told_with(&self, other: &Self) -> Option<Vec<SourceRead>> {
        let both = [self.sources.clone(), other.sources.clone()].concat();
        (!both.is_empty()).then_some(both)
    }

    /// Has an answer say where it comes from, which is nothing where all comes from tables, and what it misses.
    pub fn tell(self, sources: &mut Option<Vec<SourceRead>>, warnings: &mut Vec<String>) {
        *sources = (!self.sources.is_empty()).then_some(self.sources);
        warnings.extend(self.warnings);
    }
}

/// Reads what the question needs of the sources that the configuration names, once: whoever asks by a client that has read already reads
/// nothing again.
pub async fn gather(client: &Client, config: &Config, needs: &Needs) -> Result<Gathered> {
    let mut gathered = Gathered {
        client: client.clone(),
        config: config.clone(),
        sources: vec![],
        warnings: vec![],
        errors: vec![],
    };
    if config.sources.is_empty() || client.has_stand_ins() {
        return Ok(gathered);
    }
    let session = client.in_session(IDLE);
    let limit = client.timeout().mul_f64(SHARE);
    let mut standing_in = Vec::new();
    if let Some(place) = loki::place(&config.sources.loki).filter(|_| !needs.lines.is_empty()) {
        gathered.config.logs = LogTable::default();
        standing_in.push("otel_logs");
        let wanted = loki::Wanted {
            windows: &needs.lines,
            trace: needs.lines_of.as_deref(),
            services: &needs.services,
        };
        let began = Instant::now();
        let read = loki::read(&session, &place, &config.sources.loki, &wanted, limit).await;
        let read = read.map(|read| {
            gathered.warnings.extend(read.warnings);
            (read.read, Some(read.there), read.is_sample, read.requests)
        });
        gathered
            .add(&session, &place, Kind::LogLines, "sources/loki/none", began, read)
            .await?;
    }
    let needs_spans = !needs.spans.is_empty() || needs.spans_of.is_some();
    if let Some(place) = tempo::place(&config.sources.tempo).filter(|_| needs_spans) {
        standing_in.push("otel_traces");
        let wanted = match &needs.spans_of {
            Some(id) => tempo::Wanted::Trace(id),
            None => tempo::Wanted::Windows(&needs.spans, &needs.services),
        };
        let began = Instant::now();
        let read = tempo::read(&session, &place, &config.sources.tempo, wanted, limit).await;
        let read = read.map(|read| {
            gathered.warnings.extend(read.warnings);
            (read.spans, None, read.is_sample, read.requests)
        });
        gathered
            .add(&session, &place, Kind::Spans, "sources/tempo/begin", began, read)
            .await?;
    }
    if !config.sources.tempo.url.is_empty() && needs.objectives.is_some() {
        prometheus::begin_rolled(&session).await?;
        standing_in.extend(["kulprit_request_minutes", "kulprit_request_hours"]);
    }
    let mut wanted = prometheus::Wanted {
        requests: needs.metered.clone(),
        objectives: needs.objectives,
        saturation: needs.saturation,
    };
    let needs_metrics = !wanted.requests.is_empty() || wanted.objectives.is_some() || wanted.saturation.is_some();
    if let Some(place) = prometheus::place(&config.sources.prometheus).filter(|_| needs_metrics) {
        prometheus::begin(&session).await?;
        standing_in.extend(["otel_metrics_sum", "otel_metrics_histogram", "otel_metrics_gauge"]);
        if wanted.objectives.is_some() {
            match prometheus::begin_metered(&session).await {
                Ok(()) => standing_in.push("kulprit_metered_minutes"),
                Err(error @ (Error::NoDataSource(_) | Error::Refused(_))) => {
                    tracing::warn!(%error, "objectives are not counted in place");
                    gathered.warnings.push(
                        "objectives are not known: clickhouse's user may not have the table that they are counted in; `kulprit doctor` says what to do"
                            .to_owned(),
                    );
                    wanted.objectives = None;
                }
                Err(error) => return Err(error),
            }
        }
        let began = Instant::now();
        let read = prometheus::read(&session, &place, &config.sources.prometheus, &wanted).await;
        let read = read.map(|read| (read.points, None, false, read.requests));
        gathered
            .add(
                &session,
                &place,
                Kind::Metrics,
                "sources/prometheus/begin_sums",
                began,
                read,
            )
            .await?;
    }
    if !standing_in.is_empty() {
        gathered.client = session.standing_in(standing_in);
    }
    Ok(gathered)
}

/// How much was read, how much there is, whether it was a sample, and by how many requests.
type Amount = (u64, Option<u64>, bool, u64);

impl Gathered {
    /// Notes what was read; of what could not be, an empty table stands there, made by the statement `none`. Errors: ClickHouse itself failed.
    async fn add(
        &mut self,
        session: &Client,
        place: &Place,
        kind: Kind,
        none: &'static str,
        began: Instant,
        read: Result<Amount>,
    ) -> Result<()> {
        let (amount, error) = match read {
            Ok(amount) => (amount, None),
            Err(error @ (Error::Unavailable(_) | Error::NoDataSource(_) | Error::Refused(_) | Error::Timeout(_))) => {
                let without: [(&str, Value); 0] = [];
                session
                    .execute(&Statement::query(none, &Options::default(), without)?)
                    .await?;
                ((0, None, false, 0), Some(error))
            }
            Err(error) => return Err(error),
        };
        let reason = error.as_ref().map(Error::public_message);
        if let Some(reason) = &reason {
            let kind = match kind {
                Kind::LogLines => "log lines",
                Kind::Spans => "spans",
                Kind::Metrics => "metrics",
            };
            self.warnings.push(format!("{kind} are missing: {reason}"));
        }
        self.errors.extend(error.map(|error| (kind, error)));
        let (read, there, sampled, requests) = amount;
        self.sources.push(SourceRead {
            source: place.name.to_owned(),
            kind,
            read,
            there,
            sampled,
            requests,
            milliseconds: began.elapsed().as_millis() as u64,
            error: reason,
        });
        Ok(())
    }
}
