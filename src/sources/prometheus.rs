//! Metrics in a Prometheus: counters and histograms of requests, gauges of saturation, as cumulative points in the session's tables. Over the
//! weeks of an objective they are read at a coarse step, and counted by minute as the rollup of metrics counts them.

use clickhouse::Row;
use jiff::Timestamp;
use kulprit_clickhouse::{Client, Options, Statement, Value};
use kulprit_request::{Window, time};
use serde::Deserialize;

use super::loki::{Named, quoted};
use super::place::{Asked, Place};
use super::request_metrics::{KNOWN, LOOKBACK_SECONDS, metric_params};
use super::stretches::{SECOND, disjoint};
use crate::Result;
use crate::config;

/// Labels that usually name the service, the best first.
const USUAL_LABELS: [&str; 3] = ["service", "service_name", "job"];
/// Every point is read of stretches up to so many seconds; of longer ones, one for each step.
const ALL_POINTS: i64 = 2 * 3_600;
/// Steps of a longer stretch, at most, and of gauges.
const MOST_STEPS: i64 = 240;
/// Objectives are read at a fine step for as long as the burn rates are of minutes, and at a coarse one for the rest of their period.
const FINE: i64 = 300;
const FINE_FOR: i64 = 6 * 3_600;
const COARSE: i64 = 3_600;
/// The kinds of span metrics that count requests.
const SERVED: &str = "SPAN_KIND_SERVER|SPAN_KIND_CONSUMER";
/// Counters that tell how much of the processor is taken, and what their rates are called.
const BUSY: [(&str, &str); 2] = [
    ("process_cpu_seconds_total", "process_cpu"),
    ("container_cpu_usage_seconds_total", "container_cpu"),
];

/// What is read.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Requests in these windows.
    pub requests: Vec<Window>,
    /// Requests of objectives: when they are judged, and the longest period in seconds.
    pub objectives: Option<(Timestamp, u32)>,
    /// Gauges whose names match the first regular expression, and not the second.
    pub saturation: Option<(Window, &'static str, &'static str)>,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Read {
    pub points: u64,
    pub requests: u64,
}

#[derive(Row, Deserialize)]
struct Stored {
    points: u64,
}

/// The server of `config`, if it names one.
pub fn place(config: &config::Prometheus) -> Option<Place> {
    let place = || {
        Place::new(
            "prometheus",
            &config.url,
            &config.auth,
            config.timeout_seconds,
            config.parallel,
        )
    };
    (!config.url.is_empty()).then(place)
}

/// Makes the session's tables of metrics, with nothing in them.
pub async fn begin(client: &Client) -> Result<()> {
    for name in [
        "sources/prometheus/begin_sums",
        "sources/prometheus/begin_histograms",
        "sources/prometheus/begin_gauges",
    ] {
        execute(client, name).await?;
    }
    Ok(())
}

/// Makes the session's table of what metrics say of requests by minute, with nothing in it.
pub async fn begin_metered(client: &Client) -> Result<()> {
    execute(client, "sources/prometheus/begin_metered_minutes").await
}

/// Makes tables with no requests of spans: of those that are read in place none are rolled up.
pub async fn begin_rolled(client: &Client) -> Result<()> {
    execute(client, "sources/prometheus/begin_request_minutes").await?;
    execute(client, "sources/prometheus/begin_request_hours").await
}

async fn execute(client: &Client, name: &'static str) -> Result<()> {
    let none: [(&str, Value); 0] = [];
    client
        .execute(&Statement::query(name, &Options::default(), none)?)
        .await
}

/// Reads `wanted` into the session's tables, which have been begun.
pub async fn read(client: &Client, place: &Place, config: &config::Prometheus, wanted: &Wanted) -> Result<Read> {
    let mut reader = Reader {
        client,
        place,
        config,
        read: Read::default(),
    };
    if let Some((at, period)) = wanted.objectives {
        reader.objectives(at, period.into()).await?;
    }
    for (from, to) in disjoint(&wanted.requests) {
        let stretch = (from / SECOND - i64::from(LOOKBACK_SECONDS), (to + SECOND - 1) / SECOND);
        reader.requests(stretch).await?;
    }
    if let Some((window, metrics, except)) = wanted.saturation {
        reader.saturation(window, metrics, except).await?;
    }
    reader.count().await
}

struct Reader<'a> {
    client: &'a Client,
    place: &'a Place,
    config: &'a config::Prometheus,
    read: Read,
}

/// A stretch of time in seconds since 1970.
type Stretch = (i64, i64);

impl Reader<'_> {
    /// Counters and histograms of requests.
    async fn requests(&mut self, stretch: Stretch) -> Result<()> {
        let [sums, histograms] = self.selectors("bucket|count|sum");
        self.points("sources/prometheus/sums", &sums, &[(stretch, step(stretch))])
            .await?;
        self.points(
            "sources/prometheus/histograms",
            &histograms,
            &[(stretch, step(stretch))],
        )
        .await
    }

    /// What counters say of the weeks before `at`, by minute.
    async fn objectives(&mut self, at: Timestamp, period: i64) -> Result<()> {
        let at_second = at.as_second();
        let fine = (at_second - FINE_FOR.min(period), at_second);
        let coarse = (at_second - period, fine.0);
        let mut stretches = vec![(fine, Some(FINE))];
        if coarse.0 < coarse.1 {
            stretches.push((coarse, Some(COARSE)));
        }
        let [sums, histograms] = self.selectors("count");
        self.points("sources/prometheus/sums", &sums, &stretches).await?;
        self.points("sources/prometheus/histograms", &histograms, &stretches)
            .await?;
        let from = Timestamp::from_second(coarse.0).unwrap_or(Timestamp::UNIX_EPOCH);
        let mut params = metric_params(self.client);
        params.extend([
            ("from", time::parameter(from).into()),
            ("to", time::parameter(at).into()),
        ]);
        // The tables of metrics stand in the session, and so does what is counted.
        let client = self.client.standing_in(["otel_metrics_sum", "otel_metrics_histogram"]);
        let roll = Statement::query("rollups/metered/roll", &Options::default(), params)?;
        client.execute(&roll).await?;
        self.count_points().await?;
        // Points without buckets do not mix with those that have them.
        execute(self.client, "sources/prometheus/begin_sums").await?;
        execute(self.client, "sources/prometheus/begin_histograms").await
    }

    /// Gauges that say how much of something is taken.
    async fn saturation(&mut self, window: Window, metrics: &'static str, except: &'static str) -> Result<()> {
        let stretch = (window.from.as_second(), window.to.as_second());
        let asked = Asked::new("/api/v1/metadata", &[("limit_per_metric", "1")]);
        let params = vec![("metrics", metrics.into()), ("except", except.into())];
        self.read.requests += 1;
        let rows = self
            .place
            .rows(self.client, "sources/prometheus/gauge_names", &asked, params);
        let names: Vec<Named> = rows.await?;
        let names: Vec<&str> = names.iter().map(|named| named.name.as_str()).collect();
        let step = Some(((stretch.1 - stretch.0) / MOST_STEPS).max(60));
        if !names.is_empty() {
            let named = self.matching(&format!("__name__=~{}", quoted(&names.join("|"))));
            self.gauges(&named, "", (stretch, step)).await?;
        }
        for (counter, rate) in BUSY {
            let query = format!("rate({}[5m])", self.matching(&format!("__name__={}", quoted(counter))));
            self.gauges(&query, rate, (stretch, step)).await?;
        }
        Ok(())
    }

    async fn gauges(&mut self, query: &str, name: &str, stretch: (Stretch, Option<i64>)) -> Result<()> {
        let mut params = self.params();
        params.push(("name", name.into()));
        let asked = Asked::new("/api/v1/query_range", &[]).for_each([pairs(query, stretch.0, stretch.1)].into_iter());
        self.read.requests += 1;
        self.place
            .store(self.client, "sources/prometheus/gauges", &asked, params)
            .await
    }

    /// Points of all `queries` in all `stretches`, each at its step; without a step, every point.
    async fn points(
        &mut self,
        name: &'static str,
        queries: &[String],
        stretches: &[(Stretch, Option<i64>)],
    ) -> Result<()> {
        for (stretch, step) in stretches {
            let path = match step {
                Some(_) => "/api/v1/query_range",
                None => "/api/v1/query",
            };
            let asked = Asked::new(path, &[]).for_each(queries.iter().map(|query| pairs(query, *stretch, *step)));
            self.read.requests += queries.len() as u64;
            self.place.store(self.client, name, &asked, self.params()).await?;
        }
        Ok(())
    }

    fn params(&self) -> Vec<(&'static str, Value)> {
        let labels = match self.config.service_label.as_str() {
            "" => USUAL_LABELS.map(str::to_owned).to_vec(),
            label => vec![label.to_owned()],
        };
        vec![("service_labels", labels.into())]
    }

    /// Selectors of the counters and of the histograms that count requests; of histograms these parts.
    fn selectors(&self, parts: &str) -> [Vec<String>; 2] {
        let own = self
            .client
            .rules()
            .metrics
            .requests
            .iter()
            .map(|metric| metric.name.as_str());
        let all = own.chain(KNOWN.iter().map(|metric| metric.name));
        let is_name = |name: &&str| {
            name.bytes()
                .all(|letter| letter.is_ascii_alphanumeric() || b"_:".contains(&letter))
        };
        let names: Vec<&str> = all.filter(is_name).collect();
        let names = names.join("|");
        let of = |pattern: &str, more: &str| self.matching(&format!("__name__=~{}{more}", quoted(pattern)));
        let served = format!(", span_kind=~{}", quoted(SERVED));
        [
            vec![of(&names, ""), of(".+_calls(_total)?", &served)],
            vec![
                of(&format!("({names})_({parts})"), ""),
                of(&format!(".+_(duration|latency)(_(milli)?seconds)?_({parts})"), &served),
            ],
        ]
    }

    fn matching(&self, matchers: &str) -> String {
        match self.config.selector.trim().trim_matches(',') {
            "" => format!("{{{matchers}}}"),
            further => format!("{{{matchers}, {further}}}"),
        }
    }

    async fn count_points(&mut self) -> Result<()> {
        let none: [(&str, Value); 0] = [];
        let stored = Statement::query("sources/prometheus/stored", &Options::default(), none)?;
        // Read as they are: nobody needs to look at the database's tables for that.
        let client = self
            .client
            .standing_in(["otel_metrics_sum", "otel_metrics_histogram", "otel_metrics_gauge"]);
        let stored: Vec<Stored> = client.rows(&stored).await?;
        self.read.points += stored.first().map_or(0, |stored| stored.points);
        Ok(())
    }

    async fn count(mut self) -> Result<Read> {
        self.count_points().await?;
        Ok(self.read)
    }
}

/// Between points of a stretch; none: every point is read.
fn step((from, to): Stretch) -> Option<i64> {
    let length = to - from;
    (length > ALL_POINTS).then(|| (length / MOST_STEPS / 60 + 1) * 60)
}

/// What is asked of one stretch.
fn pairs(query: &str, (from, to): Stretch, step: Option<i64>) -> Vec<(&'static str, String)> {
    match step {
        Some(step) => vec![
            ("query", query.to_owned()),
            ("start", from.to_string()),
            ("end", to.to_string()),
            ("step", step.to_string()),
        ],
        None => vec![
            ("query", format!("{query}[{}s]", (to - from).max(1))),
            ("time", to.to_string()),
        ],
    }
}
