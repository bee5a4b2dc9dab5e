//! `serve`: the service.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{Span as _, SpanContext, SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, Span};
use tokio::net::TcpListener;
use warp::Filter as _;
use warp::http::{HeaderMap, Method};
use warp::reply::Response;

use crate::log::{Level, Log};
use crate::measures::Measures;
use crate::telemetry::Telemetry;

/// Answer requests: `/` 200, `/error` 500, `/slow` late; `/metrics`, `/healthz`; POST `/break` and `/mend`
///
/// `/` reads the stock, or where there is --dependency, asks that. POST /break breaks the stock, so that `/` answers 503 (and whoever depends
/// on this 502), until POST /mend.
#[derive(clap::Args)]
pub struct Args {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// What the service is called in its telemetry
    #[arg(long, value_name = "NAME", env = "OTEL_SERVICE_NAME", default_value = "sample")]
    service: String,
    /// Another one of these, which each `/` asks
    #[arg(long, value_name = "URL")]
    dependency: Option<String>,
    /// The OTLP/HTTP receiver for spans, metrics and log lines, such as http://localhost:4318; without one they stay here
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    otlp: Option<String>,
    /// Milliseconds between two readings of the metrics
    #[arg(
        long,
        value_name = "MS",
        env = "OTEL_METRIC_EXPORT_INTERVAL",
        default_value_t = 15_000
    )]
    metric_interval: u64,
}

struct Sample {
    dependency: Option<String>,
    client: ureq::Agent,
    is_broken: AtomicBool,
    /// Requests so far.
    served: AtomicU64,
    tracer: SdkTracer,
    log: Log,
    measures: Measures,
}

/// What a request is answered with.
struct Outcome {
    status: u16,
    text: &'static str,
}

pub async fn run(args: Args) -> Result<()> {
    let telemetry = Telemetry::new(
        &args.service,
        args.otlp.as_deref(),
        Duration::from_millis(args.metric_interval),
    )?;
    let sample = Arc::new(Sample {
        dependency: args.dependency,
        client: ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(5)))
            .build()
            .into(),
        is_broken: AtomicBool::new(false),
        served: AtomicU64::new(0),
        tracer: telemetry.tracer(),
        log: Log::new(&args.service, telemetry.logger()),
        measures: Measures::new(&telemetry.meter())?,
    });
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("listen on {}", args.listen))?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    let routes = warp::method()
        .and(warp::path::full())
        .and(warp::header::headers_cloned())
        .then(move |method: Method, path: warp::path::FullPath, headers: HeaderMap| {
            let sample = sample.clone();
            async move { sample.answer(&method, path.as_str(), headers).await }
        });
    warp::serve(routes)
        .incoming(listener)
        .graceful(async {
            let _ = crate::stopped().await;
        })
        .run()
        .await;
    tokio::task::spawn_blocking(move || telemetry.shut_down()).await?
}

impl Sample {
    async fn answer(self: Arc<Self>, method: &Method, path: &str, headers: HeaderMap) -> Response {
        match (method, path) {
            (&Method::GET, "/" | "/error" | "/slow") => self.observed(path.to_owned(), headers).await,
            (&Method::GET, "/metrics") => match self.measures.text() {
                Ok(text) => response(200, text),
                Err(error) => response(500, error.to_string()),
            },
            (&Method::GET, "/healthz") => response(200, "well\n"),
            (&Method::POST, "/break" | "/mend") => {
                let is_broken = path == "/break";
                self.is_broken.store(is_broken, Ordering::Relaxed);
                self.measures.broken.set(is_broken.into());
                response(200, if is_broken { "broken\n" } else { "mended\n" })
            }
            _ => response(
                404,
                "there is GET /, /error, /slow, /metrics and /healthz, and POST /break and /mend\n",
            ),
        }
    }

    /// Answers a request that leaves telemetry.
    async fn observed(self: Arc<Self>, route: String, headers: HeaderMap) -> Response {
        let began = Instant::now();
        let number = self.served.fetch_add(1, Ordering::Relaxed) + 1;
        let parent = TraceContextPropagator::new().extract(&HeaderExtractor(&headers));
        let span = self
            .tracer
            .span_builder(format!("GET {route}"))
            .with_kind(SpanKind::Server)
            .with_attributes([
                KeyValue::new("http.request.method", "GET"),
                KeyValue::new("http.route", route.clone()),
                KeyValue::new("url.path", route.clone()),
            ])
            .start_with_context(&self.tracer, &parent);
        let mut span: Span = span;
        let outcome = match route.as_str() {
            "/error" => self.fail(&mut span, number),
            "/slow" => self.linger(span.span_context(), number).await,
            _ => self.clone().order(&mut span, number).await,
        };
        span.set_attribute(KeyValue::new("http.response.status_code", i64::from(outcome.status)));
        if outcome.status >= 500 {
            span.set_status(Status::error(outcome.text.trim()));
        }
        let took = began.elapsed();
        let message = format!("GET {route} answered {} in {} ms", outcome.status, took.as_millis());
        self.log.write(Level::Info, span.span_context(), &route, &message);
        self.measures.request("GET", &route, outcome.status, took);
        span.end();
        response(outcome.status, outcome.text)
    }

    fn fail(&self, span: &mut Span, number: u64) -> Outcome {
        let message = format!(
            "order {number} cannot be priced: the tax table has no entry for region {}",
            number % 7
        );
        span.add_event(
            "exception",
            vec![
                KeyValue::new("exception.type", "PricingError"),
                KeyValue::new("exception.message", message.clone()),
            ],
        );
        self.log.write(Level::Error, span.span_context(), "/error", &message);
        Outcome {
            status: 500,
            text: "this always fails\n",
        }
    }

    async fn linger(&self, span: &SpanContext, number: u64) -> Outcome {
        let milliseconds = 300 + number * 37 % 400;
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        let message = format!("the report of order {number} took {milliseconds} ms");
        self.log.write(Level::Warn, span, "/slow", &message);
        Outcome {
            status: 200,
            text: "this takes its time\n",
        }
    }

    /// Reads the stock, or asks whoever has it.
    async fn order(self: Arc<Self>, span: &mut Span, number: u64) -> Outcome {
        if let Some(url) = self.dependency.clone() {
            return self.ask(url, span.span_context().clone(), number).await;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
        if self.is_broken.load(Ordering::Relaxed) {
            let message = format!("cannot read the stock for order {number}: connection to stock-db:5432 refused");
            span.add_event(
                "exception",
                vec![
                    KeyValue::new("exception.type", "ConnectionRefused"),
                    KeyValue::new("exception.message", message.clone()),
                ],
            );
            self.log.write(Level::Error, span.span_context(), "/", &message);
            return Outcome {
                status: 503,
                text: "the stock is away\n",
            };
        }
        self.log.write(
            Level::Info,
            span.span_context(),
            "/",
            &format!("order {number}: {} items in stock", number % 50),
        );
        Outcome {
            status: 200,
            text: "well\n",
        }
    }

    async fn ask(self: Arc<Self>, url: String, server: SpanContext, number: u64) -> Outcome {
        let parent = Context::new().with_remote_span_context(server.clone());
        let span = self
            .tracer
            .span_builder("GET")
            .with_kind(SpanKind::Client)
            .with_attributes([
                KeyValue::new("http.request.method", "GET"),
                KeyValue::new("url.full", url.clone()),
            ])
            .start_with_context(&self.tracer, &parent);
        let context = Context::new().with_span(span);
        let mut headers = HeaderMap::new();
        TraceContextPropagator::new().inject_context(&context, &mut HeaderInjector(&mut headers));
        let client = self.client.clone();
        let asked = url.clone();
        let answer = tokio::task::spawn_blocking(move || {
            let mut request = client.get(&asked);
            if let Some(all) = request.headers_mut() {
                all.extend(headers);
            }
            request.call().map(|response| response.status().as_u16())
        });
        let problem = match answer.await {
            Ok(Ok(status)) => {
                context
                    .span()
                    .set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
                (status >= 500).then(|| format!("answered {status}"))
            }
            Ok(Err(error)) => Some(error.to_string()),
            Err(error) => Some(error.to_string()),
        };
        if let Some(problem) = &problem {
            context.span().set_status(Status::error(problem.clone()));
        }
        context.span().end();
        match problem {
            None => Outcome {
                status: 200,
                text: "well\n",
            },
            Some(problem) => {
                let message = format!("order {number} failed: {url} {problem}");
                self.log.write(Level::Error, &server, "/", &message);
                Outcome {
                    status: 502,
                    text: "what this depends on is away\n",
                }
            }
        }
    }
}

fn response(status: u16, text: impl Into<String>) -> Response {
    let mut response = Response::new(text.into().into());
    *response.status_mut() = warp::http::StatusCode::from_u16(status).unwrap_or_default();
    response
}
