//! `kulprit demo --otlp` by the real program, into a small receiver; `collector.rs` has the same into a real collector.

use std::process::{Command, Output};

use kulprit::demo::plan::Plan;
use kulprit::demo::simulation::Simulation;
use kulprit_testing::otlp::Receiver;
use kulprit_testing::{Process, Signal, wait_until};
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::trace::v1::Span;

use crate::FIXTURE;

/// How much has arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Arrived {
    spans: usize,
    failed: usize,
    lines: usize,
    traced_lines: usize,
    points: usize,
}

fn arrived(receiver: &Receiver) -> Arrived {
    let received = receiver.received();
    for (_, span) in &received.spans {
        assert_eq!((span.trace_id.len(), span.span_id.len()), (16, 8));
    }
    let failed = |span: &Span| span.status.as_ref().is_some_and(|status| status.code == 2);
    let points = |metric: &Metric| match metric.data.as_ref().unwrap() {
        Data::Gauge(gauge) => gauge.data_points.len(),
        Data::Sum(sum) => sum.data_points.len(),
        Data::Histogram(histogram) => histogram.data_points.len(),
        other => panic!("{other:?}"),
    };
    Arrived {
        spans: received.spans.len(),
        failed: received.spans.iter().filter(|(_, span)| failed(span)).count(),
        lines: received.lines.len(),
        traced_lines: received
            .lines
            .iter()
            .filter(|(_, line)| !line.trace_id.is_empty())
            .count(),
        points: received.metrics.iter().map(|(_, metric)| points(metric)).sum(),
    }
}

/// A small shop that has closed already, so that all of it is sent at once.
fn closed(url: &str) -> Command {
    let mut command = FIXTURE.command(&["demo", "--otlp", url, "--at", "2026-02-03T14:25:36Z"]);
    command.args(["--minutes", "20", "--rate", "4", "--seed", "5"]);
    command.env_remove("OTEL_EXPORTER_OTLP_HEADERS");
    command
}

fn simulated() -> Arrived {
    let plan = Plan::new(5, "2026-02-03T14:25:36Z".parse().unwrap(), 20, 4.0);
    let mut all = Arrived::default();
    for slice in Simulation::new(&plan) {
        all.spans += slice.spans.len();
        all.failed += slice.spans.iter().filter(|span| span.error.is_some()).count();
        all.lines += slice.logs.len();
        all.traced_lines += slice.logs.iter().filter(|line| line.trace != 0).count();
        all.points += slice.points.len();
    }
    all
}

async fn output(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[tokio::test]
async fn a_receiver_gets_all_of_the_shop_once_though_it_was_away_for_a_moment() {
    let receiver = Receiver::start(|number, _| match number {
        3 => 299,
        7 => 503,
        _ => 200,
    })
    .await;
    let output = output(closed(&receiver.url)).await;
    let (said, told) = texts(&output);
    assert!(output.status.success(), "{told}");
    let simulated = simulated();
    assert_eq!(arrived(&receiver), simulated);
    assert!(simulated.failed > 0 && simulated.traced_lines > 0);
    let Arrived {
        spans, lines, points, ..
    } = simulated;
    assert!(
        told.contains(&format!(
            "sent {spans} spans, {lines} log lines and {points} metric points"
        )),
        "{told}"
    );
    assert!(told.contains("refused 1 of them") && told.contains("too old"), "{told}");
    assert!(
        said.contains("from 2026-02-03T14:15:00Z to 2026-02-03T14:25:00Z"),
        "{said}"
    );
    assert!(said.contains("The culprit is payment"), "{said}");
}

#[tokio::test]
async fn an_interrupt_ends_it_and_it_says_what_it_has_sent() {
    let receiver = Receiver::start(|_, _| 200).await;
    let mut command = FIXTURE.command(&["demo", "--otlp", &receiver.url]);
    command.env_remove("OTEL_EXPORTER_OTLP_HEADERS");
    let process = Process::start(command);
    // What has passed of the minute comes at once, else the first quarter of one when it is over.
    tokio::task::spawn_blocking(move || {
        wait_until("something arrives", || !receiver.received().metrics.is_empty());
        let (code, told) = process.end(Signal::SIGINT);
        assert_eq!(code, 0, "{told}");
        assert!(told.contains("stopped before the end"), "{told}");
        assert!(told.contains("its incident begins at "), "{told}");
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn what_is_no_receiver_is_told_apart() {
    let away = output(closed("http://127.0.0.1:1")).await;
    let elsewhere = Receiver::start(|_, _| 404).await;
    let elsewhere = output(closed(&elsewhere.url)).await;
    let broken = Receiver::start(|_, _| 400).await;
    let broken = output(closed(&broken.url)).await;
    let guarded = Receiver::start(|_, request| {
        let shown = request.headers().get("authorization");
        if shown.is_some_and(|shown| shown == "Bearer open, sesame") {
            200
        } else {
            401
        }
    })
    .await;
    let shut = output(closed(&guarded.url)).await;
    let no_url = output(closed("localhost:4318")).await;
    let mut no_header = closed("http://127.0.0.1:1");
    no_header.args(["--otlp-headers", "no header"]);
    let no_header = output(no_header).await;
    for (output, says) in [
        (
            away,
            "http://127.0.0.1:1/v1/traces cannot be reached: is the collector's OTLP/HTTP receiver there?",
        ),
        (elsewhere, "answers 404: this is no OTLP/HTTP receiver"),
        (broken, "answers 400: not today"),
        (shut, "answers 401: not today: give credentials by --otlp-headers"),
        (
            no_url,
            "--otlp: \"localhost:4318\" is no HTTP address: give the address of an OTLP/HTTP receiver",
        ),
        (no_header, "--otlp-headers: \"no header\" is no header"),
    ] {
        let (said, told) = texts(&output);
        assert_eq!((output.status.code(), said.as_str()), (Some(1), ""), "{told}");
        assert!(told.contains(says), "{told}");
    }

    let mut open = closed(&guarded.url);
    open.env("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20open%2C%20sesame");
    assert!(output(open).await.status.success());
    assert_eq!(arrived(&guarded), simulated());
}
