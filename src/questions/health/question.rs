//! How the services do in a window, held against a baseline.

use clickhouse::Row;
use jiff::Timestamp;
use kulprit_request::Asked;
use serde::Deserialize;

use crate::Result;
use crate::sources::Needs;
use crate::sources::request_metrics::{known_metrics, metric_params};
use kulprit_clickhouse::{Client, LogTable, Options, Statement, Value};
use kulprit_request::Window;
use kulprit_request::time;

/// The most points of a series.
const MOST_POINTS: i64 = 120;
/// Lengths of a stretch of time in a series, in seconds.
const STEPS: [u32; 10] = [60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400, 604_800];

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Services {
    pub current: Window,
    pub baseline: Window,
    /// None means all.
    pub services: Vec<String>,
    pub source: Source,
}

/// What requests are counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// Spans; metrics for the services that have none.
    Auto,
    Spans,
    Metrics,
}

/// The words that stand for a source in a request.
pub const SOURCES: [(&str, Source); 3] = [
    ("auto", Source::Auto),
    ("spans", Source::Spans),
    ("metrics", Source::Metrics),
];

/// A whole window, or a stretch of one, of one service.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub struct ServiceRow {
    pub service: String,
    /// `current`, `baseline` or `series`.
    pub period: String,
    /// Seconds since 1970; 0 for a whole window.
    pub time: u32,
    pub requests: f64,
    /// NaN where nothing says which requests failed.
    pub errors: f64,
    /// NaN where no duration is known; likewise the next two.
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
}

/// A service that left something behind.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct SeenService {
    pub service: String,
}

impl Services {
    /// What it reads of sources that are read in place.
    pub fn needs(&self) -> Needs {
        let mut needs = Needs {
            services: self.services.clone(),
            ..Needs::default()
        };
        if self.source != Source::Metrics {
            needs.spans = vec![self.current, self.baseline];
        }
        if self.source != Source::Spans {
            needs.metered = vec![self.current, self.baseline];
        }
        needs
    }

    /// Reads window, baseline, services and source.
    pub fn new(asked: &Asked, now: Timestamp) -> Result<Self> {
        let current = asked.recent_window(now)?;
        Ok(Self {
            current,
            baseline: asked.baseline_window(current, now)?,
            services: asked.services()?,
            source: asked.choice("source", &SOURCES)?,
        })
    }

    /// Seconds between two points of the series.
    pub fn step_seconds(&self) -> u32 {
        let seconds = self.current.duration().as_secs();
        let fits = |step: &&u32| seconds <= i64::from(**step) * MOST_POINTS;
        STEPS.iter().find(fits).copied().unwrap_or(STEPS[STEPS.len() - 1])
    }

    /// From the minute rollup, where it knows the windows; the parts of minutes at their ends are counted from the spans.
    pub fn from_rollup(&self) -> Result<Statement> {
        let options = Options {
            cut: ![self.current, self.baseline].iter().all(Window::is_whole_minutes),
            ..self.options()
        };
        Statement::query("health/services_rollup", &options, self.params())
    }

    pub fn from_spans(&self) -> Result<Statement> {
        Statement::query("health/services_spans", &self.options(), self.params())
    }

    /// `further`: the tables of exponential histograms and summaries that are there.
    pub fn from_metrics(&self, client: &Client, further: &[String]) -> Result<Statement> {
        let mut params = self.params();
        params.extend(metric_params(client));
        let options = Options {
            further_points: further.to_vec(),
            ..self.options()
        };
        Statement::query("health/services_metrics", &options, params)
    }

    /// Services with log lines or spans in either window.
    pub fn seen(&self) -> Result<Statement> {
        Statement::query("health/services_seen", &Options::default(), of_window(self.extent()))
    }

    /// Services with log lines in `window`, by the log table.
    pub fn logged(&self, logs: &LogTable, window: Window) -> Result<Statement> {
        let options = Options {
            logs: logs.clone(),
            ..Options::default()
        };
        Statement::query("health/services_logged", &options, of_window(window))
    }

    /// Services with a metric of requests in either window.
    pub fn metered(&self, client: &Client, further: &[String]) -> Result<Statement> {
        let mut params = of_window(self.extent());
        params.extend(known_metrics(client));
        let options = Options {
            further_points: further.to_vec(),
            ..Options::default()
        };
        Statement::query("health/services_metered", &options, params)
    }

    /// From the start of the first window to the end of the last.
    pub fn extent(&self) -> Window {
        Window {
            from: self.current.from.min(self.baseline.from),
            to: self.current.to.max(self.baseline.to),
        }
    }

    fn options(&self) -> Options {
        Options {
            scoped: !self.services.is_empty(),
            ..Options::default()
        }
    }

    fn params(&self) -> Vec<(&'static str, Value)> {
        let mut params = vec![
            ("current_from", time::parameter(self.current.from).into()),
            ("current_to", time::parameter(self.current.to).into()),
            ("baseline_from", time::parameter(self.baseline.from).into()),
            ("baseline_to", time::parameter(self.baseline.to).into()),
            ("step_seconds", self.step_seconds().into()),
        ];
        if !self.services.is_empty() {
            params.push(("services", self.services.clone().into()));
        }
        params
    }
}

fn of_window(window: Window) -> Vec<(&'static str, Value)> {
    vec![
        ("from", time::parameter(window.from).into()),
        ("to", time::parameter(window.to).into()),
    ]
}
