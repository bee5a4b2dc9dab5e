//! What ClickHouse's user may read: the servers that the configuration names, and no others.

use kulprit::config::Config;
use kulprit::doctor::{Verdict, examine};
use kulprit::sources::granted;
use kulprit_engine::EngineOptions;
use kulprit_testing::{Database, engine};

use super::server::{Mood, Server};
use super::{loki, post, prometheus, reading, tempo};
use crate::FIXTURE;

/// What `examine` says of one check, its lines joined.
async fn told(config: &Config, database: &Database, check: &str) -> String {
    let checks = examine(config, &database.client).await;
    let of_check = checks.iter().filter(|found| found.check == check);
    let lines = of_check.map(|found| format!("{}: {} -> {:?}", found.verdict, found.found, found.advice));
    lines.collect::<Vec<_>>().join("\n")
}

fn config(database: &Database, sources: &str) -> Config {
    let mut config = Config::parse(sources).unwrap();
    config.clickhouse = database.config.clickhouse.clone();
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_engine_reads_the_servers_of_its_configuration_and_no_others() {
    let lines = FIXTURE.database("sources_reach").await;
    lines.log([("2026-01-31 10:01:00", "shop", "hello")]).await;
    let named = loki::serve(&lines).await;
    let other = Server::start(|_| (200, "{\"status\": \"success\", \"data\": []}".to_owned())).await;
    let sources = format!("[sources.loki]\nurl = {:?}", named.url);
    let options = EngineOptions {
        readable_urls: granted(&Config::parse(&sources).unwrap().sources),
        ..engine::options(FIXTURE.program(), FIXTURE.fresh_dir("reach"))
    };
    let own = engine::start(options).await;
    for endpoint in [own.endpoint().clone(), own.reader()] {
        let read = |url: &str| {
            let (_, text) = engine::ask(
                &endpoint,
                &format!(
                    "SELECT count() FROM url('{url}/loki/api/v1/labels', JSONAsString, 'json String') SETTINGS http_max_tries = 1"
                ),
            );
            text
        };
        // The servers answer in this very runtime.
        let (of_named, of_other) = tokio::task::block_in_place(|| (read(&named.url), read(&other.url)));
        assert_eq!(of_named, "1", "{}", endpoint.user);
        assert!(of_other.contains("ACCESS_DENIED"), "{}: {of_other}", endpoint.user);
    }
    assert!(other.hits().is_empty());
    let database = Database::on(&own, "reach").await;
    let body = serde_json::json!({
        "org": "1", "dashboard": "d", "panel_title": "p", "metric_name": "m",
        "start_time": "2026-01-31T10:00:00Z", "end_time": "2026-01-31T10:05:00Z",
    });
    // One who may only read has these grants, and no table of Kulprit's to read here.
    let (status, answered) = post(&reading(&database.for_reader(), &sources), "/query_logs", &body).await;
    assert_eq!(
        (status, &answered["totals"]["current_count"]),
        (200, &serde_json::json!(1)),
        "{answered}"
    );
    let elsewhere = reading(&database, &format!("[sources.loki]\nurl = {:?}", other.url));
    let (status, error) = post(&elsewhere, "/query_logs", &body).await;
    assert_eq!(status, 503, "{error}");
    assert!(error["message"].as_str().unwrap().contains("kulprit doctor"), "{error}");
    let advice = told(
        &config(&database, &format!("[sources.loki]\nurl = {:?}", other.url)),
        &database,
        "loki",
    )
    .await;
    assert!(
        advice.contains("GRANT READ ON URL('http://127\\\\.0\\\\.0\\\\.1"),
        "{advice}"
    );
    own.stop().await.unwrap();
}

#[tokio::test]
async fn the_doctor_tells_what_is_found_in_each_server() {
    let database = FIXTURE.database("sources_doctor").await;
    database.log([("2026-01-31 10:00:00", "shop", "hello")]).await;
    database
        .run(
            "INSERT INTO otel_metrics_sum (ServiceName, MetricName, TimeUnix, Value, AggregationTemporality, IsMonotonic) VALUES
                ('shop', 'http_requests_total', now(), 1, 2, true), ('shop', 'shop_rpc_handled', now(), 1, 2, true)",
        )
        .await;
    let (lines, spans, metrics) = (
        loki::serve(&database).await,
        tempo::serve(&database).await,
        prometheus::serve(&database).await,
    );
    let sources = format!(
        "[sources.loki]\nurl = {:?}\n[sources.tempo]\nurl = {:?}\n[sources.prometheus]\nurl = {:?}",
        lines.url, spans.url, metrics.url
    );
    let config = config(&database, &sources);
    let of_loki = told(&config, &database, "loki").await;
    assert!(
        of_loki.contains("3.9.9") && of_loki.contains("services: shop (by the label service_name"),
        "{of_loki}"
    );
    let of_tempo = told(&config, &database, "tempo").await;
    assert!(
        of_tempo.contains("2.8.0") && of_tempo.contains("no services"),
        "{of_tempo}"
    );
    let of_prometheus = told(&config, &database, "prometheus").await;
    assert!(
        of_prometheus.contains("3.5.0")
            && of_prometheus.contains("counted by http_requests_total; not counted: shop_rpc_handled"),
        "{of_prometheus}"
    );
    lines.set(Mood::Says(400, "parse error at line 1: its own words"));
    let ill = told(&config, &database, "loki").await;
    assert!(
        ill.starts_with("problem") && ill.contains("it says: parse error at line 1: its own words"),
        "{ill}"
    );
    let checks = examine(&config, &database.for_reader().client).await;
    let missing = checks.iter().find(|check| check.check == "may read in place").unwrap();
    assert_eq!(missing.verdict, Verdict::Problem);
    assert!(
        missing
            .advice
            .as_ref()
            .unwrap()
            .contains("GRANT CREATE TEMPORARY TABLE ON *.*"),
        "{missing:?}"
    );
}
