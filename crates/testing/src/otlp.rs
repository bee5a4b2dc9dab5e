//! An OTLP/HTTP receiver that keeps what it is sent.

use std::io::Read as _;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use kulprit::http::server;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::sync::watch;

/// What has arrived, each with the name of its service.
#[derive(Debug, Default)]
pub struct Received {
    pub spans: Vec<(String, Span)>,
    pub lines: Vec<(String, LogRecord)>,
    pub metrics: Vec<(String, Metric)>,
    requests: u32,
}

/// The status that a request is answered with; the number of the request begins at 0. Of a request that is answered with 299 one record is
/// refused; all others than 200 and 299 are not kept.
pub type Rule = fn(u32, &Request<Incoming>) -> u16;

/// A receiver on loopback, for as long as the test's runtime lives.
pub struct Receiver {
    pub url: String,
    received: Arc<Mutex<Received>>,
    // The server stops when it is dropped.
    _stop: watch::Sender<bool>,
}

impl Receiver {
    pub async fn start(rule: Rule) -> Self {
        let (listener, address) = server::bind("127.0.0.1", 0).await.unwrap();
        let (stop, stopping) = watch::channel(false);
        let received = Arc::new(Mutex::new(Received::default()));
        let kept = received.clone();
        let answer = move |request: Request<Incoming>| {
            let number = {
                let mut received = kept.lock().unwrap();
                received.requests += 1;
                received.requests - 1
            };
            answer(rule(number, &request), request, kept.clone())
        };
        tokio::spawn(server::serve_by(answer, listener, stopping));
        Self {
            url: format!("http://{address}"),
            received,
            _stop: stop,
        }
    }

    pub fn received(&self) -> MutexGuard<'_, Received> {
        self.received.lock().unwrap()
    }
}

async fn answer(status: u16, request: Request<Incoming>, received: Arc<Mutex<Received>>) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let is_packed = request.headers().contains_key("content-encoding");
    let mut body = request.into_body().collect().await.unwrap().to_bytes();
    if is_packed {
        let mut whole = Vec::new();
        flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut whole).unwrap();
        body = whole.into();
    }
    if !matches!(status, 200 | 299) {
        let body = Full::new(Bytes::from_static(b"not today"));
        return Response::builder().status(status).body(body).unwrap();
    }
    received.lock().unwrap().keep(&path, body);
    let partial = ExportTracePartialSuccess {
        rejected_spans: 1,
        error_message: "too old".to_owned(),
    };
    let message = ExportTraceServiceResponse {
        partial_success: (status == 299).then_some(partial),
    };
    Response::new(Full::new(message.encode_to_vec().into()))
}

impl Received {
    fn keep(&mut self, path: &str, body: Bytes) {
        match path.rsplit('/').next().unwrap_or_default() {
            "traces" => {
                for resource in ExportTraceServiceRequest::decode(body).unwrap().resource_spans {
                    let service = service(resource.resource);
                    let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
                    self.spans.extend(spans.map(|span| (service.clone(), span)));
                }
            }
            "logs" => {
                for resource in ExportLogsServiceRequest::decode(body).unwrap().resource_logs {
                    let service = service(resource.resource);
                    let lines = resource.scope_logs.into_iter().flat_map(|scope| scope.log_records);
                    self.lines.extend(lines.map(|line| (service.clone(), line)));
                }
            }
            "metrics" => {
                for resource in ExportMetricsServiceRequest::decode(body).unwrap().resource_metrics {
                    let service = service(resource.resource);
                    let metrics = resource.scope_metrics.into_iter().flat_map(|scope| scope.metrics);
                    self.metrics.extend(metrics.map(|metric| (service.clone(), metric)));
                }
            }
            _ => panic!("{path} is no path of OTLP"),
        }
    }
}

fn service(resource: Option<Resource>) -> String {
    text(&resource.unwrap_or_default().attributes, "service.name").unwrap_or_default()
}

/// An attribute as text.
pub fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.key == key)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        other => panic!("{key} is {other:?}"),
    }
}
