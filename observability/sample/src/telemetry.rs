//! The OpenTelemetry SDK: spans, metrics and log lines go over OTLP/HTTP where an address is given, else nowhere.

use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use opentelemetry::KeyValue;
use opentelemetry::logs::LoggerProvider as _;
use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{SdkLogger, SdkLoggerProvider};
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

const SCOPE: &str = "kulprit-sample";
const TIMEOUT: Duration = Duration::from_secs(10);

/// The three providers; [`Telemetry::shut_down`] sends what is left.
pub struct Telemetry {
    spans: SdkTracerProvider,
    logs: SdkLoggerProvider,
    metrics: SdkMeterProvider,
}

impl Telemetry {
    /// For a service of that name, to an OTLP/HTTP receiver such as `http://localhost:4318`. `interval` is between two readings of the metrics.
    pub fn new(service: &str, otlp: Option<&str>, interval: Duration) -> Result<Self> {
        let instance = format!("{service}-{}", std::process::id());
        let resource = Resource::builder()
            .with_service_name(service.to_owned())
            .with_attributes([
                KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
                KeyValue::new("service.instance.id", instance),
            ])
            .build();
        let (mut spans, mut logs, mut metrics) = (
            SdkTracerProvider::builder().with_resource(resource.clone()),
            SdkLoggerProvider::builder().with_resource(resource.clone()),
            SdkMeterProvider::builder().with_resource(resource),
        );
        if let Some(otlp) = otlp {
            let client = Client::default();
            let at = |signal: &str| format!("{}/v1/{signal}", otlp.trim_end_matches('/'));
            let exporter = SpanExporter::builder().with_http().with_http_client(client.clone());
            spans = spans.with_batch_exporter(exporter.with_endpoint(at("traces")).build()?);
            let exporter = LogExporter::builder().with_http().with_http_client(client.clone());
            logs = logs.with_batch_exporter(exporter.with_endpoint(at("logs")).build()?);
            let exporter = MetricExporter::builder().with_http().with_http_client(client);
            let reader = PeriodicReader::builder(exporter.with_endpoint(at("metrics")).build()?);
            metrics = metrics.with_reader(reader.with_interval(interval).build());
        }
        Ok(Self {
            spans: spans.build(),
            logs: logs.build(),
            metrics: metrics.build(),
        })
    }

    pub fn tracer(&self) -> SdkTracer {
        self.spans.tracer(SCOPE)
    }

    pub fn logger(&self) -> SdkLogger {
        self.logs.logger(SCOPE)
    }

    pub fn meter(&self) -> Meter {
        self.metrics.meter(SCOPE)
    }

    /// Sends what is left. Blocks.
    pub fn shut_down(&self) -> Result<()> {
        self.spans.shutdown()?;
        self.logs.shutdown()?;
        self.metrics.shutdown()?;
        Ok(())
    }
}

/// What the SDK's threads send with: a client that blocks them, and is none of the runtime's.
#[derive(Debug, Clone)]
struct Client(ureq::Agent);

impl Default for Client {
    fn default() -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT));
        Self(config.build().into())
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let response = self.0.run(Request::from_parts(head, &body[..]))?;
        let (head, mut body) = response.into_parts();
        Ok(Response::from_parts(head, body.read_to_vec()?.into()))
    }
}
