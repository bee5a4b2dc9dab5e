//! The root cause of the demo's incident, whom it hurts, and what is said when a source is missing.

use std::collections::{BTreeMap, BTreeSet};

use kulprit::demo::load::load;
use kulprit::demo::plan::Plan;
use kulprit::demo::truth::{HURT, ROOT_CAUSE, Truth};
use kulprit::questions::root_cause::{Answer, Class, Correlate, EvidenceKind, correlate};
use kulprit_request::window::Window;
use serde_json::{Value, json};

use crate::FIXTURE;
use kulprit_testing::engine::function_pids;
use kulprit_testing::{Database, Signal, kill};

fn plan() -> Plan {
    Plan::new(1, "2026-02-03T14:25:36Z".parse().unwrap(), 60, 10.0)
}

async fn demo(name: &str) -> Database {
    let database = FIXTURE.database(name).await;
    load(&database.client, &plan(), |_| {}).await.unwrap();
    database
}

async fn ask(database: &Database, window: Window, service: Option<&str>) -> Answer {
    let question = Correlate::about(window, service.map(str::to_owned));
    correlate(&database.client, &database.config, &question).await.unwrap()
}

fn suspects(answer: &Answer) -> Vec<&str> {
    answer.suspects.iter().map(|suspect| suspect.service.as_str()).collect()
}

#[tokio::test]
async fn the_incident_is_traced_to_its_cause_and_the_quiet_time_accuses_nobody() {
    let database = demo("correlate_demo").await;
    let incident = plan().incident_window();
    let answer = ask(&database, incident, None).await;

    let cause = answer.root_cause.as_ref().unwrap();
    assert_eq!(cause.service, ROOT_CAUSE.name(), "{:#?}", answer.suspects);
    assert!(cause.confidence > 50.0, "{cause:?}");
    assert!(
        cause.sentence.starts_with("payment is the likeliest root cause"),
        "{cause:?}"
    );
    assert!(
        answer.suspects[0]
            .evidence
            .iter()
            .all(|evidence| !evidence.text.is_empty())
    );
    let times: Vec<_> = answer.timeline.iter().map(|moment| moment.time).collect();
    assert!(times.is_sorted(), "{:?}", answer.timeline);
    assert!(
        !answer.traces.is_empty() && answer.traces[0].error,
        "{:?}",
        answer.traces
    );
    blast_radius_is_as_counted(&answer, incident);

    let quiet = ask(&database, plan().quiet_window(), None).await;
    assert!(
        quiet.root_cause.as_ref().is_none_or(|cause| cause.confidence <= 50.0),
        "{:?}",
        quiet.root_cause
    );
    assert_eq!(
        quiet.blast_radius.class,
        Class::None,
        "{:?}",
        quiet.blast_radius.affected
    );
    assert_eq!(quiet.blast_radius.traces_share, 0.0);

    // Cart calls nobody, so nobody else can be the cause of its troubles.
    let cart = ask(&database, incident, Some("cart")).await;
    assert!(
        suspects(&cart).iter().all(|service| *service == "cart"),
        "{:?}",
        cart.suspects
    );
    let frontend = ask(&database, incident, Some("frontend")).await;
    assert_eq!(suspects(&frontend).first(), Some(&"payment"));
}

/// The numbers are those that the simulation counted while it ran.
fn blast_radius_is_as_counted(answer: &Answer, incident: Window) {
    let truth = Truth::of(&plan());
    let blast = &answer.blast_radius;
    let hurt: BTreeSet<&str> = blast
        .affected
        .iter()
        .map(|affected| affected.service.as_str())
        .collect();
    assert_eq!(
        hurt,
        HURT.iter().map(|service| service.name()).collect(),
        "{:#?}",
        blast.affected
    );
    for (affected, service) in blast.affected.iter().zip(HURT) {
        let counted = truth.requests(service, incident);
        assert_eq!(affected.service, service.name(), "from the cause upwards");
        assert_eq!((affected.requests, affected.errors), (counted.requests, counted.errors));
    }
    let hops: Vec<_> = blast.affected.iter().map(|affected| affected.hops).collect();
    assert_eq!(hops, [Some(0), Some(1), Some(2)]);
    assert!(blast.class > Class::None && blast.traces_share > 0.0 && blast.requests_share > 0.0);

    let counted: BTreeMap<_, _> = truth
        .edges(Window {
            from: answer.history_from,
            to: incident.to,
        })
        .into_iter()
        .map(|(caller, callee)| {
            let counts = truth.calls(caller, callee, incident);
            ((caller.name(), callee.name()), (counts.requests, counts.errors))
        })
        .collect();
    let callees: BTreeSet<&str> = counted.keys().map(|(_, callee)| *callee).collect();
    let found: BTreeMap<_, _> = blast
        .edges
        .iter()
        // The others lead to databases and third parties, which the simulation does not count.
        .filter(|edge| callees.contains(edge.callee.as_str()))
        .map(|edge| ((edge.caller.as_str(), edge.callee.as_str()), (edge.calls, edge.errors)))
        .collect();
    assert_eq!(found, counted);
}

#[tokio::test]
async fn what_is_missing_is_said_and_the_rest_answers() {
    let database = demo("correlate_missing").await;
    let incident = plan().incident_window();
    let whole = ask(&database, incident, None).await;
    let confidence = |answer: &Answer| answer.root_cause.as_ref().map_or(0.0, |cause| cause.confidence);

    let read_only = ask(&database.for_reader(), incident, None).await;
    assert_eq!(
        suspects(&read_only).first(),
        Some(&"payment"),
        "{:?}",
        read_only.warnings
    );

    database.run("DROP TABLE otel_metrics_gauge").await;
    let without_metrics = ask(&database, incident, None).await;
    assert_eq!(suspects(&without_metrics).first(), Some(&"payment"));
    assert!(
        without_metrics
            .warnings
            .iter()
            .any(|warning| warning.contains("otel_metrics_gauge")),
        "{:?}",
        without_metrics.warnings
    );
    assert!(confidence(&without_metrics) < confidence(&whole));

    database.run("DROP TABLE otel_traces").await;
    let logs_only = ask(&database, incident, None).await;
    assert!(
        logs_only.warnings.iter().any(|warning| warning.contains("otel_traces")),
        "{:?}",
        logs_only.warnings
    );
    assert!(suspects(&logs_only).contains(&"payment"), "{:?}", logs_only.suspects);
    assert!(confidence(&logs_only) < confidence(&without_metrics));
    // The metrics of requests know the same services.
    let hurt = &logs_only.blast_radius.affected;
    let hurt: BTreeSet<&str> = hurt.iter().map(|affected| affected.service.as_str()).collect();
    assert_eq!(hurt, HURT.iter().map(|service| service.name()).collect());
}

/// A function whose program fails must not make a root cause without log patterns: plain SQL masks all of them.
#[tokio::test]
async fn with_a_broken_function_plain_sql_masks_the_log_patterns() {
    let engine = FIXTURE.start_engine(FIXTURE.fresh_dir("it-correlate-broken")).await;
    let database = Database::on(&engine, "broken").await;
    database.apply_schema().await;
    load(&database.client, &plan(), |_| {}).await.unwrap();
    let program = engine.user_scripts().join("kulprit-udf");
    std::fs::remove_file(&program).unwrap();
    std::fs::copy("/bin/false", &program).unwrap();
    for process in function_pids(&FIXTURE.fresh_dir("it-correlate-broken"), "") {
        kill(process, Signal::SIGKILL);
    }
    let answer = ask(&database, plan().incident_window(), None).await;
    assert!(
        answer.warnings.iter().any(|warning| warning.contains("plain SQL")),
        "{:?}",
        answer.warnings
    );
    assert_eq!(suspects(&answer).first(), Some(&ROOT_CAUSE.name()));
    let evidence = answer.suspects.iter().flat_map(|suspect| &suspect.evidence);
    assert!(
        evidence.clone().any(|evidence| evidence.kind == EvidenceKind::Pattern),
        "log patterns are still counted"
    );
    engine.stop().await.unwrap();
}

#[tokio::test]
async fn tracers_that_name_no_kinds_and_logs_without_trace_ids_leave_the_answer() {
    let database = demo("correlate_plain").await;
    let incident = plan().incident_window();
    database
        .run("ALTER TABLE otel_traces UPDATE SpanKind = 'Unspecified' WHERE true SETTINGS mutations_sync = 2")
        .await;
    let without_kinds = ask(&database, incident, None).await;
    assert_eq!(suspects(&without_kinds).first(), Some(&"payment"));
    let cause = without_kinds.root_cause.as_ref().unwrap();
    assert!(cause.confidence > 50.0, "{cause:?} {:?}", without_kinds.warnings);
    blast_radius_is_as_counted(&without_kinds, incident);

    database
        .run("ALTER TABLE otel_logs UPDATE TraceId = '' WHERE true SETTINGS mutations_sync = 2")
        .await;
    let without_ids = ask(&database, incident, None).await;
    assert_eq!(suspects(&without_ids).first(), Some(&"payment"));
    assert!(
        without_ids
            .warnings
            .iter()
            .any(|warning| warning.contains("no trace ids")),
        "{:?}",
        without_ids.warnings
    );
}

/// Two hours of `front` calling `back`, of which the last ten minutes are the window.
async fn front_and_back(name: &str) -> (Database, Window) {
    let database = FIXTURE.database(name).await;
    // One request in 20 s. In the window every other one fails in back, and front fails for it.
    database
        .run(
            "INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Duration, StatusCode)
             SELECT toDateTime64('2026-02-03 10:00:00', 9, 'UTC') + 20 * number, toString(number), span.1, span.2, span.3, span.4, span.5,
                 1000000 + number % 7 * 1000, if(number >= 330 AND number % 2 = 0, 'Error', 'Unset')
             FROM numbers(360)
             ARRAY JOIN [('1', '', 'GET /', 'Server', 'front'), ('2', '1', 'GET', 'Client', 'front'), ('3', '2', 'GET /back', 'Server', 'back')] AS span",
        )
        .await;
    let window = Window {
        from: "2026-02-03T11:50:00Z".parse().unwrap(),
        to: "2026-02-03T12:00:00Z".parse().unwrap(),
    };
    (database, window)
}

#[tokio::test]
async fn a_failure_accuses_the_service_that_failed_first() {
    let (database, window) = front_and_back("correlate_failure").await;
    let answer = ask(&database, window, None).await;
    assert_eq!(suspects(&answer).first(), Some(&"back"), "{:#?}", answer.suspects);
    let failing: Vec<_> = answer
        .suspects
        .iter()
        .filter(|suspect| {
            suspect
                .evidence
                .iter()
                .any(|evidence| evidence.text.contains("fails on its own"))
        })
        .map(|suspect| suspect.service.as_str())
        .collect();
    assert_eq!(failing, ["back"], "{:#?}", answer.suspects);
}

#[tokio::test]
async fn a_metric_that_an_agent_reports_is_about_the_pod_that_it_names() {
    let (database, window) = front_and_back("correlate_pods").await;
    database.run("TRUNCATE TABLE otel_traces").await;
    database
        .run(
            "INSERT INTO otel_metrics_gauge (TimeUnix, ServiceName, MetricName, Value, Attributes)
             SELECT toDateTime64('2026-02-03 10:00:00', 9, 'UTC') + 30 * number, 'kubelet', 'container_cpu_usage',
                 0.1 + number % 5 / 100 + length(pod) / 1000 + if(number >= 220 AND pod = 'back-5d8f7c9b6-x7k2p', 0.9, 0), map('k8s.pod.name', pod)
             FROM numbers(240)
             ARRAY JOIN ['back-5d8f7c9b6-x7k2p', 'front-0'] AS pod",
        )
        .await;
    let answer = ask(&database, window, None).await;
    assert_eq!(suspects(&answer).first(), Some(&"back"), "{:#?}", answer.suspects);
    assert_eq!(answer.suspects[0].evidence[0].kind, EvidenceKind::Metric);
}

#[tokio::test]
async fn an_empty_window_is_an_empty_answer() {
    let database = FIXTURE.database("correlate_empty").await;
    let answer = ask(&database, plan().incident_window(), None).await;
    assert_eq!(answer.suspects, []);
    assert_eq!(answer.root_cause, None);
    assert_eq!(answer.blast_radius.class, Class::None);
    for table in ["otel_traces", "otel_logs", "otel_metrics_gauge"] {
        assert!(
            answer.warnings.iter().any(|warning| warning.contains(table)),
            "{table}: {:?}",
            answer.warnings
        );
    }
}

#[tokio::test]
async fn the_api_answers_and_names_the_field_that_is_wrong() {
    let database = FIXTURE.database("correlate_http").await;
    let api = database.api();
    let post = |body: Value| {
        warp::test::request()
            .method("POST")
            .path("/api/v1/correlate")
            .json(&body)
    };
    let window = json!({"from": "2026-02-03T14:15:00Z", "to": "2026-02-03T14:25:00Z"});
    let response = post(window).reply(&api).await;
    assert_eq!(response.status(), 200);
    let answer: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(answer["root_cause"], Value::Null);
    for list in ["suspects", "traces", "timeline", "warnings"] {
        assert!(answer[list].is_array(), "{list}: {answer}");
    }
    assert_eq!(answer["blast_radius"]["class"], "none");

    let response = post(json!({"from": "2026-02-03T14:15:00Z", "to": "soon"}))
        .reply(&api)
        .await;
    assert_eq!(response.status(), 400);
    let error: Value = serde_json::from_slice(response.body()).unwrap();
    assert!(error["message"].as_str().unwrap().starts_with("to: "), "{error}");
    let response = warp::test::request().path("/api/v1/correlate").reply(&api).await;
    assert_eq!(response.status(), 405);
}
