//! The reliability view over the demo's history in the real engine, held against what the simulation knows to be true.

use kulprit::demo::load;
use kulprit::demo::plan::Plan;
use kulprit::demo::shop::Service;
use kulprit::demo::truth::Truth;
use kulprit::rollups::{metered, requests};
use kulprit_request::window::Window;
use kulprit_testing::{Api, Database};
use serde_json::Value;

use crate::FIXTURE;

fn plan() -> Plan {
    Plan::new(7, "2026-02-03T14:25:36Z".parse().unwrap(), 40, 8.0)
}

/// The shop's history with its incident.
async fn shop(name: &str) -> Database {
    let database = FIXTURE.database(name).await;
    load::load(&database.client, &plan(), |_| {}).await.unwrap();
    database
}

async fn get(api: &Api, path: &str) -> Value {
    let response = warp::test::request().path(path).reply(api).await;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    assert_eq!(response.status(), 200, "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

fn between(window: Window) -> String {
    format!("from={}&to={}", window.from, window.to)
}

fn row<'a>(answer: &'a Value, list: &str, service: &str) -> &'a Value {
    let rows = answer[list].as_array().unwrap();
    let found = rows.iter().find(|row| row["service"] == service);
    found.unwrap_or_else(|| panic!("{service} is not in {answer}"))
}

fn number(row: &Value, field: &str) -> f64 {
    row[field].as_f64().unwrap_or_else(|| panic!("{field} of {row}"))
}

#[tokio::test]
async fn counts_are_the_truth_from_the_rollup_and_from_the_spans() {
    let database = shop("counts").await;
    let api = database.api();
    let truth = Truth::of(&plan());
    let window = plan().incident_window();
    let rolled = get(&api, &format!("/api/v1/services?source=spans&{}", between(window))).await;
    for service in Service::ALL {
        let counted = row(&rolled, "services", service.name());
        let (now, before) = (
            truth.requests(service, window),
            truth.requests(service, plan().quiet_window()),
        );
        assert_eq!(number(counted, "requests"), now.requests as f64, "{counted}");
        assert_eq!(number(counted, "errors"), now.errors as f64, "{counted}");
        assert_eq!(
            number(counted, "baseline_requests"),
            before.requests as f64,
            "{counted}"
        );
        let rate = now.requests as f64 / 600.0;
        assert!((number(counted, "request_rate") - rate).abs() < 1e-9, "{counted}");
        let points = rolled["series"].as_array().unwrap().iter();
        let sum: f64 = points
            .filter(|point| point["service"] == service.name())
            .map(|point| number(point, "requests"))
            .sum();
        assert_eq!(sum, now.requests as f64, "the series adds up");
    }
    for (service, status) in [("payment", "critical"), ("checkout", "critical"), ("cart", "healthy")] {
        assert_eq!(row(&rolled, "services", service)["status"], status, "{rolled}");
    }
    assert_eq!(rolled["warnings"], serde_json::json!([]));

    // The spans themselves say the same.
    database.run("TRUNCATE TABLE kulprit_request_coverage").await;
    let raw = get(&api, &format!("/api/v1/services?source=spans&{}", between(window))).await;
    for list in ["services", "series"] {
        assert_eq!(raw[list], rolled[list]);
    }
}

/// Both sources sort durations into buckets, so a quantile of either may be off by the width of its bucket: 9 % for spans, and
/// for metrics the bucket of their own bounds.
#[tokio::test]
async fn spans_and_metrics_agree_within_the_buckets() {
    let database = shop("agree").await;
    let api = database.api();
    let window = plan().incident_window();
    let truth = Truth::of(&plan());
    let spans = get(&api, &format!("/api/v1/services?source=spans&{}", between(window))).await;
    let metrics = get(&api, &format!("/api/v1/services?source=metrics&{}", between(window))).await;
    for service in Service::ALL {
        let (left, right) = (
            row(&spans, "services", service.name()),
            row(&metrics, "services", service.name()),
        );
        assert_eq!(right["source"], "metrics");
        let answers = truth.answers(service, window);
        // A reading at the window's edge takes in what was answered in the very nanosecond.
        assert!(
            (number(right, "requests") - answers.requests as f64).abs() <= 1.0,
            "{right}"
        );
        assert!(
            (number(right, "errors") - answers.errors as f64).abs() <= 1.0,
            "{right}"
        );
        for quantile in ["p50_ms", "p95_ms", "p99_ms"] {
            let (exact, binned) = (number(left, quantile), number(right, quantile));
            let bounds = [
                0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1e3, 2.5e3, 5e3, 7.5e3, 1e4,
            ];
            let place = bounds.partition_point(|bound| *bound < binned);
            let (lower, upper) = (bounds[place.max(1) - 1], bounds[place.min(bounds.len() - 1)]);
            assert!(
                exact >= lower / 1.1 && exact <= upper * 1.1,
                "{service:?} {quantile}: {exact} of spans, {binned} of metrics"
            );
        }
    }
}

#[tokio::test]
async fn resets_gaps_and_late_starts_of_counters_are_counted_right() {
    let database = FIXTURE.database("resets").await;
    // Every minute; the counter begins anew at 10:04, pauses from 10:05 to 10:08, and a stream of errors is born at 10:03.
    let points = [
        ("10:00", "200", 100.0),
        ("10:01", "200", 110.0),
        ("10:02", "200", 120.0),
        ("10:03", "200", 130.0),
        ("10:03", "500", 2.0),
        ("10:04", "200", 4.0),
        ("10:04", "500", 3.0),
        ("10:05", "200", 10.0),
        ("10:08", "200", 40.0),
        ("10:08", "500", 3.0),
    ];
    for (time, status, value) in points {
        database
            .run(&format!(
                "INSERT INTO otel_metrics_sum (ServiceName, MetricName, Attributes, ResourceAttributes, TimeUnix, Value, AggregationTemporality, IsMonotonic) \
                 VALUES ('api', 'http_requests_total', map('status', '{status}'), map('pod', 'a'), '2026-01-31 {time}:00', {value}, 2, true)"
            ))
            .await;
    }
    // Another service reports what it did since the last point.
    for minute in 1..=8 {
        database
            .run(&format!(
                "INSERT INTO otel_metrics_sum (ServiceName, MetricName, Attributes, TimeUnix, Value, AggregationTemporality, IsMonotonic) \
                 VALUES ('worker', 'http_requests_total', map('status', '200'), '2026-01-31 10:0{minute}:00', 7, 1, true)"
            ))
            .await;
    }
    let api = database.api();
    let answer = get(
        &api,
        "/api/v1/services?from=2026-01-31T10:00:00Z&to=2026-01-31T10:08:00Z&baseline=2026-01-31T08:00:00Z..2026-01-31T09:00:00Z",
    )
    .await;
    let counted = row(&answer, "services", "api");
    // 30 before the reset, 4 after it, 6, and 30 over the gap; errors 2 at birth and 1 more.
    assert_eq!(number(counted, "requests"), 73.0, "{counted}");
    assert_eq!(number(counted, "errors"), 3.0, "{counted}");
    assert_eq!(counted["source"], "metrics");
    assert_eq!(number(row(&answer, "services", "worker"), "requests"), 56.0);
}

/// Three services with exponential histograms in seconds, of scale 0: bucket i holds durations over 2^i and up to 2^(i+1).
#[tokio::test]
async fn exponential_histograms_are_counted_right_by_hand() {
    let database = FIXTURE.database("exponential").await;
    database
        .run(include_str!("../testdata/otel_metrics_exponential_histogram.sql"))
        .await;
    let point = async |service: &str,
                       time: &str,
                       scale: i32,
                       zeros: u64,
                       offset: i32,
                       counts: &[u64],
                       temporality: u8| {
        let total = zeros + counts.iter().sum::<u64>();
        database
            .run(&format!(
                "INSERT INTO otel_metrics_exponential_histogram (ServiceName, MetricName, MetricUnit, Attributes, StartTimeUnix, TimeUnix, Count, Scale, ZeroCount, PositiveOffset, PositiveBucketCounts, AggregationTemporality) \
                 VALUES ('{service}', 'rpc.server.call.duration', 's', map('rpc.response.status_code', '{}'), '2026-01-31 09:00:00', '2026-01-31 {time}:00', {total}, {scale}, {zeros}, {offset}, {counts:?}, {temporality})",
                if service == "failing" { "DEADLINE_EXCEEDED" } else { "OK" }
            ))
            .await;
    };
    // Between the points 60 from 1 to 2 s, 40 from 2 to 4 s; what was there before 10:00 does not count.
    point("steady", "10:00", 0, 0, 0, &[5, 7, 1], 2).await;
    point("steady", "10:04", 0, 0, 0, &[65, 47, 1], 2).await;
    // The second point has coarser buckets: 1 to 4 s. Of 20, 8 and then 12 more; the third has begun anew.
    point("coarser", "10:00", 0, 0, 0, &[3, 5], 2).await;
    point("coarser", "10:03", -1, 0, 0, &[28], 2).await;
    point("coarser", "10:06", -1, 4, 0, &[10], 2).await;
    // Each point tells of its own time, in buckets that begin elsewhere: 30 from 1/4 to 1/2 s and 70 from 8 to 16 s.
    point("failing", "10:02", 0, 0, -2, &[30], 1).await;
    point("failing", "10:05", 0, 0, 3, &[70], 1).await;
    let api = database.api();
    let answer = get(
        &api,
        "/api/v1/services?from=2026-01-31T10:00:00Z&to=2026-01-31T10:08:00Z&baseline=2026-01-31T08:00:00Z..2026-01-31T09:00:00Z",
    )
    .await;
    for (service, requests, errors, p50, p95) in [
        (
            "steady",
            100.0,
            0.0,
            1_000.0 + 1_000.0 * 50.0 / 60.0,
            2_000.0 + 2_000.0 * 35.0 / 40.0,
        ),
        // 34, of which 4 took no time: rank 17 is the 13th of the 30 between 1 and 4 s, rank 32.3 the 28.3th.
        (
            "coarser",
            34.0,
            0.0,
            1_000.0 + 3_000.0 * 13.0 / 30.0,
            1_000.0 + 3_000.0 * 28.3 / 30.0,
        ),
        (
            "failing",
            100.0,
            100.0,
            8_000.0 + 8_000.0 * 20.0 / 70.0,
            8_000.0 + 8_000.0 * 65.0 / 70.0,
        ),
    ] {
        let counted = row(&answer, "services", service);
        assert_eq!(
            (number(counted, "requests"), number(counted, "errors")),
            (requests, errors),
            "{counted}"
        );
        for (quantile, want) in [("p50_ms", p50), ("p95_ms", p95)] {
            assert!(
                (number(counted, quantile) / want - 1.0).abs() < 1e-6,
                "{quantile} is not {want}: {counted}"
            );
        }
    }
    assert_eq!(answer["warnings"], serde_json::json!([]));
}

/// A service may have histograms with different bounds, such as one for HTTP and one for gRPC: their buckets overlap.
#[tokio::test]
async fn histograms_whose_buckets_overlap_add_up_as_densities() {
    let database = FIXTURE.database("overlap").await;
    for (metric, unit, bounds, counts) in [
        ("http.server.request.duration", "s", "[0.1, 0.2]", "[100, 0, 0]"),
        ("rpc.server.duration", "ms", "[40, 60, 1000]", "[0, 100, 0, 0]"),
    ] {
        database
            .run(&format!(
                "INSERT INTO otel_metrics_histogram (ServiceName, MetricName, MetricUnit, TimeUnix, Count, BucketCounts, ExplicitBounds, AggregationTemporality) \
                 VALUES ('both', '{metric}', '{unit}', '2026-01-31 10:01:00', 100, {counts}, {bounds}, 1)"
            ))
            .await;
    }
    let api = database.api();
    let answer = get(
        &api,
        "/api/v1/services?from=2026-01-31T10:00:00Z&to=2026-01-31T10:08:00Z",
    )
    .await;
    let both = row(&answer, "services", "both");
    assert_eq!(number(both, "requests"), 200.0, "{both}");
    // 40 lie below 40 ms, 6 in each millisecond up to 60 ms, and 40 more up to 100 ms.
    for (quantile, want) in [("p50_ms", 50.0), ("p95_ms", 90.0), ("p99_ms", 98.0)] {
        assert!(
            (number(both, quantile) - want).abs() < 1e-6,
            "{quantile} is not {want}: {both}"
        );
    }
}

#[tokio::test]
async fn a_service_without_data_is_unknown_and_an_unheard_of_one_is_not_found() {
    let database = FIXTURE.database("unknown").await;
    database
        .log([("2026-01-31 10:05:00", "quiet", "nothing to serve")])
        .await;
    let api = database.api();
    let window = "from=2026-01-31T10:00:00Z&to=2026-01-31T10:10:00Z";
    let answer = get(&api, &format!("/api/v1/services/quiet?{window}")).await;
    let quiet = row(&answer, "services", "quiet");
    assert_eq!(quiet["status"], "unknown");
    assert_eq!(quiet["error_ratio"], Value::Null);
    let response = warp::test::request()
        .path(&format!("/api/v1/services/nobody?{window}"))
        .reply(&api)
        .await;
    assert_eq!(response.status(), 404);
    let empty = get(
        &api,
        "/api/v1/services?from=2020-01-01T00:00:00Z&to=2020-01-01T01:00:00Z",
    )
    .await;
    assert_eq!(empty["services"], serde_json::json!([]));
}

#[tokio::test]
async fn spans_that_were_there_before_the_rollup_are_filled_in() {
    let database = shop("backfill").await;
    let api = database.api();
    let path = format!("/api/v1/services?source=spans&{}", between(plan().incident_window()));
    let before = get(&api, &path).await;
    // As if Kulprit had come later, and as if a part of the spans had been counted already.
    for table in [
        "kulprit_request_minutes",
        "kulprit_request_hours",
        "kulprit_request_coverage",
    ] {
        database.run(&format!("TRUNCATE TABLE {table}")).await;
    }
    let (from, to) = (plan().quiet_window().from, plan().incident_window().from);
    requests::roll(&database.client, from, to).await.unwrap();
    requests::start_coverage(&database.client).await.unwrap();
    assert!(
        requests::covered_from(&database.client).await.unwrap().unwrap()
            > plan().incident_window().to - jiff::SignedDuration::from_mins(1)
    );
    assert_eq!(
        get(&api, &path).await["series"],
        before["series"],
        "the spans answer meanwhile"
    );
    let plan = requests::remaining(&database.client).await.unwrap();
    assert!(!plan.buckets.is_empty());
    requests::backfill(&database.client, &plan, |_| {}).await.unwrap();
    let left = requests::remaining(&database.client).await.unwrap();
    assert_eq!(left.buckets, []);
    database.run("TRUNCATE TABLE otel_traces").await;
    assert_eq!(get(&api, &path).await, before, "the rollup answers now");
}

#[tokio::test]
async fn budgets_are_what_the_truth_says() {
    let database = shop("slo").await;
    let api = database.api();
    let truth = Truth::of(&plan());
    let whole = Window {
        from: kulprit::demo::plan::instant(plan().start),
        to: plan().incident_window().to,
    };
    let answer = get(&api, &format!("/api/v1/slo?at={}", whole.to)).await;
    for service in Service::ALL {
        let counts = truth.requests(service, whole);
        let status = row(&answer, "slos", service.name());
        assert_eq!(number(status, "total"), counts.requests as f64, "{status}");
        assert_eq!(number(status, "bad"), counts.errors as f64, "{status}");
        let remaining = 1.0 - counts.errors as f64 / (0.001 * counts.requests as f64);
        assert!(
            (number(status, "budget_remaining") - remaining).abs() < 1e-6,
            "{status}"
        );
        let mut five = whole;
        five.from = whole.to - jiff::SignedDuration::from_mins(5);
        let last = truth.requests(service, five);
        let burns = answer["burn_rates"].as_array().unwrap().iter();
        let hour = burns
            .clone()
            .find(|burn| burn["service"] == service.name() && burn["long_seconds"] == 3_600);
        let want = last.errors as f64 / last.requests as f64 / 0.001;
        assert!(
            (number(hour.unwrap(), "short_burn_rate") - want).abs() < 1e-6,
            "{hour:?}"
        );
    }
    // Forty minutes are known: enough for the window of an hour, too few for six.
    let payment = row(&answer, "slos", "payment");
    assert_eq!(
        (&payment["severity"], &payment["status"]),
        (&"page".into(), &"burning".into()),
        "{payment}"
    );
    assert_eq!(row(&answer, "slos", "cart")["severity"], "none");
    let named = get(&api, &format!("/api/v1/slo?service=cart&at={}", whole.to)).await;
    assert_eq!(named["slos"].as_array().unwrap().len(), 1);
}

/// A day of a counter that only metrics know, with a restart and a gap, worked by hand against the Workbook's table 5-8.
#[tokio::test]
async fn objectives_of_a_service_that_only_metrics_know_survive_resets_and_gaps() {
    let database = FIXTURE.database("slo_metered").await;
    // Every minute of 24 hours 100 requests are answered; since 09:00 of the second day 2 of them fail. The process restarts at 21:00 (its counters begin
    // anew), and from 03:00 to 03:07 nothing is collected.
    database
        .run(
            "INSERT INTO otel_metrics_sum (ServiceName, MetricName, Attributes, TimeUnix, Value, AggregationTemporality, IsMonotonic) \
             SELECT 'till', 'http_requests_total', map('status', status), toDateTime64('2026-01-30 10:00:00', 9, 'UTC') + toIntervalMinute(number), \
                    (number - if(number >= 660, 660, 0)) * if(status = '200', 100, 0) + if(number > 1380, number - 1380, 0) * if(status = '500', 2, -2), 2, true \
             FROM numbers(1441) ARRAY JOIN ['200', '500'] AS status WHERE number NOT BETWEEN 1021 AND 1026",
        )
        .await;
    let plan = metered::remaining(&database.client).await.unwrap();
    assert!(plan.buckets.len() > 24, "{plan:?}");
    metered::backfill(&database.client, &plan, |_| {}).await.unwrap();
    let again = metered::remaining(&database.client).await.unwrap();
    assert!(
        again.buckets.len() <= 2,
        "only the last minutes are rolled again: {again:?}"
    );
    let api = database.api();
    let answer = get(&api, "/api/v1/slo?at=2026-01-31T10:00:00Z").await;
    let till = row(&answer, "slos", "till");
    // The restart costs nothing but the minute in which it happened, whose counter stands at 0 again.
    assert_eq!(
        (number(till, "total"), number(till, "bad")),
        (143_900.0, 120.0),
        "{till}"
    );
    // 2 of 100 fail for an hour: a burn rate of 20 on 0.1 %, over 14.4 in both windows.
    assert!((number(till, "burn_rate") - 20.0).abs() < 1e-9, "{till}");
    assert_eq!(
        (&till["severity"], &till["status"]),
        (&"page".into(), &"burning".into()),
        "{till}"
    );
    assert!(
        (number(till, "budget_remaining") - (1.0 - 120.0 / 143.9)).abs() < 1e-9,
        "{till}"
    );
    let exhausted = number(till, "budget_remaining") * 30.0 * 86_400.0 / 20.0;
    assert!(
        (number(till, "seconds_to_exhaustion") - exhausted).abs() < 1e-3,
        "{till}"
    );
    // The gap's requests count at the first point after it.
    let later = get(&api, "/api/v1/slo?at=2026-01-31T03:05:00Z").await;
    let before = get(&api, "/api/v1/slo?at=2026-01-31T03:00:00Z").await;
    let after = get(&api, "/api/v1/slo?at=2026-01-31T03:07:00Z").await;
    let total = |answer: &Value| number(row(answer, "slos", "till"), "total");
    assert_eq!(
        (total(&later) - total(&before), total(&after) - total(&before)),
        (0.0, 700.0)
    );
}

/// The period is summed from hours in the middle and minutes at both ends: no request is counted twice or left out.
#[tokio::test]
async fn a_period_that_begins_and_ends_within_an_hour_counts_every_minute_once() {
    let database = FIXTURE.database("slo_edges").await;
    // One request every minute for 32 days; each hundredth fails.
    database
        .run(
            "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanKind, ServiceName, Duration, StatusCode) \
             SELECT toDateTime64('2026-01-01 00:00:30', 9, 'UTC') + toIntervalMinute(number), 't' || toString(number), 's', 'SPAN_KIND_SERVER', 'api', 5000000, \
                    if(number % 100 = 0, 'STATUS_CODE_ERROR', 'Unset') FROM numbers(46080)",
        )
        .await;
    let api = database.api();
    for (at, minutes_since_start) in [("2026-02-01T10:17:00Z", 45_257_i64), ("2026-02-01T10:00:00Z", 45_240)] {
        let answer = get(&api, &format!("/api/v1/slo?at={at}")).await;
        let status = row(&answer, "slos", "api");
        let first = minutes_since_start - 43_200;
        let bad = (first..minutes_since_start).filter(|minute| minute % 100 == 0).count();
        assert_eq!(number(status, "total"), 43_200.0, "{at}: {status}");
        assert_eq!(number(status, "bad"), bad as f64, "{at}: {status}");
        assert_eq!(number(status, "coverage"), 1.0, "{status}");
    }
}

#[tokio::test]
async fn error_patterns_add_up_and_name_their_traces() {
    let database = shop("error_patterns").await;
    let api = database.api();
    let window = plan().incident_window();
    let whole = get(&api, &format!("/api/v1/patterns?limit=1000&{}", between(window))).await;
    let few = get(&api, &format!("/api/v1/patterns?limit=2&{}", between(window))).await;
    for answer in [&whole, &few] {
        let rows = answer["patterns"].as_array().unwrap().iter();
        let sum: f64 = rows.map(|row| number(row, "count")).sum();
        assert_eq!(sum, number(answer, "total"), "{answer}");
        let rows = answer["patterns"].as_array().unwrap().iter();
        let untraced: f64 = rows.map(|row| number(row, "without_trace")).sum();
        assert_eq!(untraced, number(answer, "without_trace"), "{answer}");
    }
    assert_eq!(few["patterns"].as_array().unwrap().len(), 3);
    let (other, further) = (&few["patterns"][2], &whole["patterns"].as_array().unwrap()[2..]);
    assert_eq!(other["service"], "other");
    let times = |field: &str| {
        further
            .iter()
            .map(|row| row[field].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        other["first_seen"].as_str(),
        times("first_seen").iter().min().map(String::as_str)
    );
    assert_eq!(
        other["last_seen"].as_str(),
        times("last_seen").iter().max().map(String::as_str)
    );
    let first = &whole["patterns"][0];
    assert_eq!(
        (&first["service"], &first["status"]),
        (&"payment".into(), &"14".into()),
        "{first}"
    );
    let frontend = row(&whole, "patterns", "frontend");
    assert_eq!(
        (&frontend["route"], &frontend["status"]),
        (&"/checkout".into(), &"503".into())
    );
    let empty = get(
        &api,
        "/api/v1/patterns?from=2020-01-01T00:00:00Z&to=2020-01-01T01:00:00Z",
    )
    .await;
    assert_eq!(
        (&empty["patterns"], &empty["total"]),
        (&serde_json::json!([]), &0.into())
    );
}

#[tokio::test]
async fn trace_ids_are_found_in_every_usual_dress() {
    let database = FIXTURE.database("trace_ids").await;
    const ID: &str = "5759e988bd862e3fe1be46a994272793";
    let bodies = [
        format!("failed traceparent=00-{ID}-53995c3f42cd8ad8-01"),
        format!("failed trace_id={ID} span_id=53995c3f42cd8ad8"),
        format!("{{\"traceId\":\"{ID}\",\"msg\":\"failed\"}}"),
        "failed Root=1-5759e988-bd862e3fe1be46a994272793".to_owned(),
        format!("failed b3: {ID}-53995c3f42cd8ad8-1"),
        "failed [trace: 5759e988-bd86-2e3f-e1be-46a994272793]".to_owned(),
        format!("failed X-B3-TraceId: {ID}"),
        format!("failed {ID}"),
        // An order is no trace.
        "failed order 5759e988-bd86-2e3f-e1be-46a994272793".to_owned(),
        "failed".to_owned(),
    ];
    for (second, body) in bodies.iter().enumerate() {
        let body = body.replace('\'', "");
        database
            .run(&format!(
                "INSERT INTO otel_logs (Timestamp, ServiceName, SeverityText, Body) VALUES ('2026-01-31 10:00:{second:02}', 'api', 'ERROR', '{body}')"
            ))
            .await;
    }
    let attributes = [
        ("trace_id", ID.to_uppercase()),
        ("traceparent", format!("00-{ID}-53995c3f42cd8ad8-01")),
        ("x-b3-traceid", ID.to_owned()),
        ("b3", format!("{ID}-53995c3f42cd8ad8-1")),
        (
            "X-Amzn-Trace-Id",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1".to_owned(),
        ),
        // Says that there is none.
        ("trace_id", "0".repeat(32)),
    ];
    for (second, (name, value)) in attributes.iter().enumerate() {
        database
            .run(&format!(
                "INSERT INTO otel_logs (Timestamp, ServiceName, SeverityText, Body, LogAttributes) VALUES ('2026-01-31 10:00:{:02}', 'api', 'ERROR', 'failed', map('{name}', '{value}'))",
                second + 20
            ))
            .await;
    }
    database
        .run(&format!(
            "INSERT INTO otel_logs (Timestamp, ServiceName, SeverityText, Body, TraceId) VALUES ('2026-01-31 10:00:40', 'api', 'ERROR', 'failed', '{ID}')"
        ))
        .await;
    let api = database.api();
    let answer = get(
        &api,
        "/api/v1/patterns?limit=100&from=2026-01-31T10:00:00Z&to=2026-01-31T10:01:00Z",
    )
    .await;
    assert_eq!(
        (&answer["total"], &answer["without_trace"]),
        (&17.into(), &3.into()),
        "{answer:#}"
    );
    for row in answer["patterns"].as_array().unwrap() {
        let ids = row["trace_ids"].as_array().unwrap();
        assert!(ids.iter().all(|id| id == ID), "{row}");
    }
}

#[tokio::test]
async fn a_failed_request_is_listed_and_its_trace_tells_where_the_time_went() {
    let database = shop("traces").await;
    let api = database.api();
    let window = between(plan().incident_window());
    let list = get(
        &api,
        &format!("/api/v1/traces?failed=true&sort=slowest&limit=5&{window}"),
    )
    .await;
    let slowest = &list["traces"][0];
    assert_eq!(
        (&slowest["service"], &slowest["http_status"]),
        (&"frontend".into(), &503.into()),
        "{list}"
    );
    let trace = get(
        &api,
        &format!("/api/v1/traces/{}", slowest["trace_id"].as_str().unwrap()),
    )
    .await;
    let spans = trace["spans"].as_array().unwrap();
    assert_eq!((&spans[0]["depth"], &spans[0]["parent"]), (&0.into(), &Value::Null));
    assert!(number(&trace, "error_count") > 2.0 && !trace["logs"].as_array().unwrap().is_empty());
    let path = trace["critical_path"].as_array().unwrap().iter();
    let path: f64 = path.map(|step| number(step, "critical_ms")).sum();
    assert!((path - number(&spans[0], "duration_ms")).abs() < 1e-6);
    assert_eq!(
        trace["self_time_by_service"][0]["service"], "payment",
        "{}",
        trace["self_time_by_service"]
    );
    assert_eq!(trace["warnings"], serde_json::json!([]));
    let of_cart = get(&api, &format!("/api/v1/traces?service=cart&limit=3&{window}")).await;
    let rows = of_cart["traces"].as_array().unwrap();
    assert!(rows.len() == 3 && rows.iter().all(|row| row["service"] == "cart"));
    for (path, status) in [
        ("/api/v1/traces/none", 404),
        ("/api/v1/traces?limit=0", 400),
        ("/api/v1/services?source=x", 400),
    ] {
        assert_eq!(
            warp::test::request().path(path).reply(&api).await.status(),
            status,
            "{path}"
        );
    }
}

/// One trace as no system should leave it: a chain of 100,000 spans in which ids repeat, spans call themselves in circles, parents are missing and
/// clocks differ.
#[tokio::test]
async fn a_trace_of_a_hundred_thousand_crooked_spans_is_answered_and_says_what_is_crooked() {
    let database = FIXTURE.database("crooked").await;
    // Spans 10 and 11 call each other, 20 names a parent that is not there, 30 has the id of 29 (so that 31's parent is not there either), 40 begins
    // before its parent.
    database
        .run(
            "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, ServiceName, SpanName, Duration, SpanAttributes) \
             SELECT toDateTime64('2026-01-31 10:00:00', 9, 'UTC') + toIntervalMicrosecond(if(number = 40, 5, number)), 'crooked', \
                    toString(if(number = 30, 29, number)), \
                    multiIf(number = 0, '', number = 10, '11', number = 20, 'gone', toString(number - 1)), 'api', 'work', 1000000000, map('key', 'value') \
             FROM numbers(100000)",
        )
        .await;
    let api = database.api();
    let trace = get(&api, "/api/v1/traces/crooked").await;
    let spans = trace["spans"].as_array().unwrap();
    assert_eq!(spans.len(), 100_000);
    assert!(spans.iter().all(|span| span["attributes"] == serde_json::json!({})));
    let marked = |mark: &str| spans.iter().filter(|span| span[mark] == true).count();
    assert_eq!(
        (
            marked("is_orphan"),
            marked("is_repeat"),
            marked("was_in_cycle"),
            marked("is_skewed")
        ),
        (2, 1, 1, 1)
    );
    let warnings = trace["warnings"].to_string();
    for said in [
        "more than 10000 spans",
        "parent that is not there",
        "repeat the id",
        "their own ancestors",
        "clocks differ",
    ] {
        assert!(warnings.contains(said), "{said}: {warnings}");
    }
}

#[tokio::test]
async fn a_span_that_ended_before_it_began_has_no_length() {
    let database = FIXTURE.database("wrapped").await;
    // As an exporter writes 191 microseconds below zero.
    const WRAPPED: u64 = u64::MAX - 191_304;
    let spans = (0..200).map(|number| {
        serde_json::json!({
            "Timestamp": format!("2026-01-31 10:01:00.{number:03}"),
            "TraceId": if number < 100 { format!("wrapped{number}") } else { format!("wrapped{}", number - 100) },
            "SpanId": if number < 100 { "1" } else { "2" },
            "ParentSpanId": if number < 100 { "" } else { "1" },
            "SpanName": "work",
            "SpanKind": if number < 100 { "Server" } else { "Internal" },
            "ServiceName": "web",
            "Duration": if number == 7 || number == 150 { WRAPPED } else { 20_000_000 },
        })
    });
    database.insert("otel_traces", spans).await;
    let api = database.api();
    let window = "from=2026-01-31T10:00:00Z&to=2026-01-31T10:05:00Z";
    let answer = get(&api, &format!("/api/v1/services?{window}")).await;
    let web = row(&answer, "services", "web");
    assert_eq!(number(web, "requests"), 100.0, "{web}");
    assert!(number(web, "p99_ms") < 23.0, "{web}");
    let list = get(&api, &format!("/api/v1/traces?{window}&sort=slowest&limit=100")).await;
    let longest = list["traces"]
        .as_array()
        .unwrap()
        .iter()
        .map(|trace| number(trace, "duration_ms"));
    assert_eq!(longest.fold(0.0, f64::max), 20.0);
    let trace = get(&api, "/api/v1/traces/wrapped50").await;
    assert!(
        trace["warnings"].to_string().contains("shown without a length: 1"),
        "{trace}"
    );
    assert!(number(&trace, "duration_ms") < 200.0, "{trace}");
}

/// A request may say by its span's status, by HTTP or by gRPC that it failed. Every number below is counted by hand.
#[tokio::test]
async fn the_blast_radius_and_the_edges_are_as_counted_by_hand() {
    let database = FIXTURE.database("blast").await;
    // A trace every three seconds: front calls back. An hour in peace, then ten minutes in which of every ten traces one fails in both (by HTTP and
    // by gRPC alone) and another in back only (by the status).
    for (begin, traces, failing) in [("09:00:00", 1_200, "0"), ("10:00:00", 200, "number % 10")] {
        let span = |id: &str, parent: &str, service: &str, attributes: &str, status: &str| {
            format!(
                "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanKind, ServiceName, SpanName, Duration, SpanAttributes, StatusCode) \
                 SELECT toDateTime64('2026-01-31 {begin}', 9, 'UTC') + toIntervalSecond(3 * number), 't-{begin}-' || toString(number), '{id}', '{parent}', 'Server', \
                        '{service}', 'serve', 10000000, {attributes}, {status} FROM numbers({traces})"
            )
        };
        let is = |number: u8| {
            if failing == "0" {
                "false".to_owned()
            } else {
                format!("{failing} = {number}")
            }
        };
        let http = format!("map('http.response.status_code', if({}, '503', '200'))", is(0));
        let grpc = format!("map('rpc.grpc.status_code', if({}, '14', '0'))", is(0));
        let status = format!("if({}, 'Error', 'Unset')", is(1));
        database.run(&span("f", "", "front", &http, "'Unset'")).await;
        database.run(&span("b", "f", "back", &grpc, &status)).await;
    }
    // Five traces of a service that is new.
    for (id, parent, service) in [("o", "", "odd"), ("p", "o", "back")] {
        database
            .run(&format!(
                "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanKind, ServiceName, SpanName, Duration) \
                 SELECT toDateTime64('2026-01-31 10:00:01', 9, 'UTC') + toIntervalSecond(number), 'odd-' || toString(number), '{id}', '{parent}', 'Server', \
                        '{service}', 'serve', 10000000 FROM numbers(5)"
            ))
            .await;
    }
    let api = database.api();
    let response = warp::test::request()
        .method("POST")
        .path("/api/v1/correlate")
        .json(&serde_json::json!({ "from": "2026-01-31T10:00:00Z", "to": "2026-01-31T10:10:00Z", "history": "1h" }))
        .reply(&api)
        .await;
    let answer: Value = serde_json::from_slice(response.body()).unwrap();
    let blast = &answer["blast_radius"];
    assert_eq!(blast["class"], "major", "{answer:#}");
    assert_eq!(blast["unjudged"], serde_json::json!(["odd"]));
    assert_eq!(blast["affected"].as_array().unwrap().len(), 2, "{blast:#}");
    for (service, requests, errors) in [("front", 200.0, 20.0), ("back", 205.0, 40.0)] {
        let affected = row(blast, "affected", service);
        assert_eq!(
            (number(affected, "requests"), number(affected, "errors")),
            (requests, errors),
            "{affected}"
        );
        assert_eq!(affected["by"], "errors");
    }
    // 20 of 205 root requests; 20 and 40 of all 410 requests.
    assert!(
        (number(blast, "traces_share") - 20.0 / 205.0).abs() < 1e-12,
        "{blast:#}"
    );
    assert!(
        (number(blast, "requests_share") - 60.0 / 410.0).abs() < 1e-12,
        "{blast:#}"
    );

    let window = "from=2026-01-31T10:00:00Z&to=2026-01-31T10:10:00Z";
    let topology = get(&api, &format!("/api/v1/topology?{window}")).await;
    let edge = |caller: &str| {
        let edges = topology["edges"].as_array().unwrap().iter();
        edges
            .clone()
            .find(|edge| edge["caller"] == caller && edge["callee"] == "back")
            .unwrap()
    };
    assert_eq!(
        (number(edge("front"), "calls"), number(edge("front"), "errors")),
        (200.0, 40.0)
    );
    assert_eq!(
        (&edge("front")["is_sparse"], &edge("odd")["is_sparse"]),
        (&false.into(), &true.into())
    );
    // Health counts the same failures, from the rollup and from the spans.
    for path in [
        format!("/api/v1/services?{window}"),
        format!(
            "/api/v1/services?source=spans&from=2026-01-31T09:59:59.5Z&{}",
            &window[window.find("to=").unwrap()..]
        ),
    ] {
        let health = get(&api, &path).await;
        assert_eq!(
            number(row(&health, "services", "back"), "errors"),
            40.0,
            "{path}: {health}"
        );
    }
}

#[tokio::test]
async fn the_topology_is_the_shops() {
    let database = shop("topology").await;
    let api = database.api();
    let window = plan().incident_window();
    let truth = Truth::of(&plan());
    let answer = get(&api, &format!("/api/v1/topology?{}", between(window))).await;
    let edges = answer["edges"].as_array().unwrap();
    assert_eq!(edges.len(), truth.edges(window).len(), "{answer}");
    for (caller, callee) in truth.edges(window) {
        let is_it = |edge: &&Value| edge["caller"] == caller.name() && edge["callee"] == callee.name();
        let edge = edges.iter().find(is_it).unwrap();
        let counts = truth.calls(caller, callee, window);
        // A call whose parent began before the window is counted by the child.
        assert_eq!(number(edge, "calls"), counts.requests as f64, "{edge}");
        assert_eq!(number(edge, "errors"), counts.errors as f64, "{edge}");
        assert_eq!(edge["is_sparse"], counts.requests < 20, "{edge}");
    }
}

/// Whatever a span holds, the INSERT that brings it must not fail because somebody counts requests.
#[tokio::test]
async fn no_span_makes_its_insert_fail() {
    let database = FIXTURE.database("hostile_spans").await;
    database
        .run(
            "INSERT INTO otel_traces (Timestamp, SpanKind, ServiceName, Duration, StatusCode, SpanAttributes) VALUES \
             ('1900-01-01 00:00:00', 'Server', '', 0, 'Error', map()), \
             ('2262-04-11 00:00:00', 'Server', 'far', 18446744073709551615, '', map('http.status_code', '99999999999999999999')), \
             ('1970-01-01 00:00:00', 'Consumer', 'odd', 1, '', map('http.response.status_code', 'x'))",
        )
        .await;
    // More minutes than a table takes partitions or parts in one block.
    database
        .run(
            "INSERT INTO otel_traces (Timestamp, SpanKind, ServiceName, Duration) \
             SELECT toDateTime64('2026-01-01 00:00:00', 9, 'UTC') + toIntervalMinute(number * 7), 'Server', toString(number % 900), number FROM numbers(20000) \
             SETTINGS max_partitions_per_insert_block = 0",
        )
        .await;
    let counted = database
        .lines("SELECT (SELECT sum(requests) FROM kulprit_request_minutes), (SELECT count() FROM otel_traces)")
        .await;
    assert_eq!(counted, ["20003\t20003"]);
}

#[tokio::test]
async fn a_services_name_may_have_a_slash() {
    let database = FIXTURE.database("slashed_service").await;
    database
        .run(
            "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, SpanKind, ServiceName, Duration) \
             SELECT toDateTime64('2026-01-31 10:01:00', 9, 'UTC'), toString(number), '1', 'GET', 'Server', 'team/cart', 5 \
             FROM numbers(40)",
        )
        .await;
    let api = database.api();
    // Proxies decode the path on its way.
    for name in ["team%2Fcart", "team/cart"] {
        let answer = get(
            &api,
            &format!("/api/v1/services/{name}?from=2026-01-31T10:00:00Z&to=2026-01-31T10:05:00Z"),
        )
        .await;
        assert_eq!(answer["services"][0]["service"], "team/cart", "{answer}");
    }
}
