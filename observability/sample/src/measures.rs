//! What is counted of requests: for `/metrics` as libraries of Prometheus do, and by OpenTelemetry's conventions.

use std::time::Duration;

use anyhow::Result;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, Meter};
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder};

/// The bounds that OpenTelemetry's conventions advise, in seconds.
const BOUNDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

pub struct Measures {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    /// 1 where what the service leans on is broken.
    pub broken: IntGauge,
    durations: Histogram<f64>,
}

impl Measures {
    pub fn new(meter: &Meter) -> Result<Self> {
        let labels = ["method", "route", "status"];
        let measures = Self {
            registry: Registry::new(),
            requests: IntCounterVec::new(Opts::new("http_requests_total", "Requests answered"), &labels)?,
            seconds: HistogramVec::new(
                HistogramOpts::new("http_request_duration_seconds", "How long requests took").buckets(BOUNDS.to_vec()),
                &labels,
            )?,
            broken: IntGauge::new("sample_stock_broken", "Whether the stock is broken")?,
            durations: meter
                .f64_histogram("http.server.request.duration")
                .with_unit("s")
                .with_boundaries(BOUNDS.to_vec())
                .build(),
        };
        measures.registry.register(Box::new(measures.requests.clone()))?;
        measures.registry.register(Box::new(measures.seconds.clone()))?;
        measures.registry.register(Box::new(measures.broken.clone()))?;
        Ok(measures)
    }

    pub fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let code = status.to_string();
        let labels = [method, route, &code];
        self.requests.with_label_values(&labels).inc();
        self.seconds.with_label_values(&labels).observe(took.as_secs_f64());
        let attributes = [
            KeyValue::new("http.request.method", method.to_owned()),
            KeyValue::new("http.route", route.to_owned()),
            KeyValue::new("http.response.status_code", i64::from(status)),
        ];
        self.durations.record(took.as_secs_f64(), &attributes);
    }

    /// As Prometheus reads them.
    pub fn text(&self) -> Result<String> {
        Ok(TextEncoder::new().encode_to_string(&self.registry.gather())?)
    }
}
