//! Metrics of a Prometheus.

use kulprit::rollups::metered;
use kulprit_testing::Database;
use serde_json::{Value, json};

use super::server::{Server, nowhere};
use super::{answer, get, post, prometheus, reading};
use crate::FIXTURE;

/// Three hours of points, one in fifteen seconds: two services count their requests by status, one of them has a counter that begins anew and fails
/// in the last ten minutes, a third times its requests, and what takes the memory of the second grows then.
const POINTS: [&str; 3] = [
    "INSERT INTO otel_metrics_sum (ServiceName, MetricName, Attributes, TimeUnix, Value, AggregationTemporality, IsMonotonic)
     SELECT service, 'http_requests_total', map('status', status, 'method', 'GET'),
         toDateTime64('2026-01-31 09:00:00', 9, 'UTC') + toIntervalSecond(15 * number),
         multiIf(status = '500', 7 * greatest(0, number - 680), service = 'pay' AND number >= 300, 20 * (number - 300), 20 * number), 2, true
     FROM numbers(721) ARRAY JOIN ['shop', 'pay', 'pay'] AS service, ['200', '200', '500'] AS status
     WHERE status = '200' OR number > 680",
    "INSERT INTO otel_metrics_histogram (ServiceName, MetricName, Attributes, TimeUnix, Count, BucketCounts, ExplicitBounds,
         AggregationTemporality)
     SELECT 'ship', 'http_request_duration_seconds', map('code', '200'),
         toDateTime64('2026-01-31 09:00:00', 9, 'UTC') + toIntervalSecond(15 * number), 10 * number,
         [6 * number, 3 * number, number], [0.1, 0.5], 2
     FROM numbers(721)",
    "INSERT INTO otel_metrics_gauge (ServiceName, MetricName, Attributes, TimeUnix, Value)
     SELECT ['shop', 'pay'][1 + number % 2] AS service, 'process_resident_memory_bytes', map('instance', service),
         toDateTime64('2026-01-31 09:00:00', 9, 'UTC') + toIntervalSecond(60 * intDiv(number, 2)) AS time,
         if(service = 'pay' AND number >= 340, 900., 100.) + sipHash64(number) % 7
     FROM numbers(362)",
];

/// A database with the points, one without, and a server that has them.
async fn points(name: &str) -> (Database, Database, Server) {
    let database = FIXTURE.database(name).await;
    for rows in POINTS {
        database.run(rows).await;
    }
    let server = prometheus::serve(&database).await;
    let empty = FIXTURE.database(&format!("{name}_in_place")).await;
    (database, empty, server)
}

fn told(answer: &Value, fields: &[&str]) -> Vec<Vec<String>> {
    let services = answer["services"]
        .as_array()
        .unwrap_or_else(|| panic!("{answer}"))
        .iter();
    services
        .map(|row| fields.iter().map(|field| row[*field].to_string()).collect())
        .collect()
}

#[tokio::test]
async fn health_is_that_of_the_same_points_in_a_table() {
    let (database, empty, server) = points("prometheus_health").await;
    let (table, in_place) = (
        database.api(),
        reading(&empty, &format!("[sources.prometheus]\nurl = {:?}", server.url)),
    );
    for window in [
        "from=2026-01-31T11:50:00Z&to=2026-01-31T12:00:00Z",
        "from=2026-01-31T10:10:00Z&to=2026-01-31T10:20:00Z",
        "from=2026-01-31T11:50:00Z&to=2026-01-31T12:00:00Z&services=ship",
    ] {
        let path = format!("/api/v1/services?{window}");
        let (of_table, of_prometheus) = (answer(&table, &path).await, answer(&in_place, &path).await);
        let fields = [
            "service",
            "source",
            "requests",
            "errors",
            "p50_ms",
            "p95_ms",
            "request_rate",
        ];
        let known: Vec<Vec<String>> = told(&of_table, &fields)
            .into_iter()
            .filter(|row| row[1] != "null")
            .collect();
        assert!(!known.is_empty(), "{of_table}");
        assert_eq!(told(&of_prometheus, &fields), known, "{window}");
        assert_eq!(of_prometheus["series"], of_table["series"], "{window}");
        assert_eq!(of_prometheus["sources"][0]["source"], json!("prometheus"));
    }
}

#[tokio::test]
async fn objectives_are_those_of_the_same_points_rolled_up() {
    let (database, empty, server) = points("prometheus_slo").await;
    let plan = metered::remaining(&database.client).await.unwrap();
    metered::backfill(&database.client, &plan, |_| {}).await.unwrap();
    let (table, in_place) = (
        database.api(),
        reading(&empty, &format!("[sources.prometheus]\nurl = {:?}", server.url)),
    );
    let path = "/api/v1/slo?at=2026-01-31T12:00:00Z";
    let (of_table, of_prometheus) = (answer(&table, path).await, answer(&in_place, path).await);
    assert_eq!(of_table["slos"].as_array().unwrap().len(), 3, "{of_table}");
    for (known, read) in of_table["slos"]
        .as_array()
        .unwrap()
        .iter()
        .zip(of_prometheus["slos"].as_array().unwrap())
    {
        for field in ["service", "objective", "bad", "severity", "status", "period_seconds"] {
            assert_eq!(read[field], known[field], "{field}: {read}");
        }
        // What `pay` counted between a step and its counter's new beginning is seen by nobody.
        let (known, read) = (known["total"].as_f64().unwrap(), read["total"].as_f64().unwrap());
        assert!((0.95..=1.0).contains(&(read / known)), "{read} of {known}");
    }
    let burning = |answer: &Value| {
        let rows = answer["burn_rates"].as_array().unwrap().iter();
        rows.filter(|row| row["service"] != json!("pay"))
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(burning(&of_prometheus), burning(&of_table));
}

#[tokio::test]
async fn metrics_alone_find_who_fails_and_what_is_taken() {
    let (_, empty, server) = points("prometheus_cause").await;
    let in_place = reading(&empty, &format!("[sources.prometheus]\nurl = {:?}", server.url));
    let question = json!({ "from": "2026-01-31T11:50:00Z", "to": "2026-01-31T12:00:00Z", "history": "2h" });
    let (status, cause) = post(&in_place, "/api/v1/correlate", &question).await;
    assert_eq!(status, 200, "{cause}");
    assert_eq!(cause["suspects"][0]["service"], json!("pay"), "{cause}");
    let evidence = cause["suspects"][0]["evidence"].to_string();
    assert!(evidence.contains("process_resident_memory_bytes"), "{evidence}");
    let away = reading(&empty, &format!("[sources.prometheus]\nurl = {:?}", nowhere()));
    for path in ["/api/v1/services", "/api/v1/slo"] {
        let (status, error) = get(&away, path).await;
        assert_eq!(status, 503, "{path}: {error}");
    }
}
