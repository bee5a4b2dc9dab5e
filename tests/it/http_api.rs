//! The API over the real engine.

use futures_util::future::join_all;
use kulprit::config::{Config, Divergence};
use kulprit_testing::{Api, Database};
use serde_json::{Value, json};

use crate::FIXTURE;

/// Ten minutes in which `checkout` begins to fail; `cart` goes on as before.
async fn shop(name: &str) -> Database {
    let database = FIXTURE.database(name).await;
    let mut lines = Vec::new();
    for second in 0..1_200 {
        let time = format!("2026-01-31 10:{:02}:{:02}", second / 60, second % 60);
        lines.push((time.clone(), "cart", format!("added item {second} to cart")));
        lines.push((time.clone(), "checkout", format!("order {second} placed")));
        if second >= 600 && second % 4 == 0 {
            lines.push((time, "checkout", format!("payment failed: timeout after {second} ms")));
        }
    }
    database.log(lines).await;
    database
}

fn body() -> Value {
    json!({
        "org": "my-org",
        "dashboard": "my-dashboard",
        "panel_title": "my-panel",
        "metric_name": "A-series",
        "start_time": "2026-01-31T10:10:00.000Z",
        "end_time": "2026-01-31T10:20:00.000Z",
    })
}

/// The metric that the body is about, as a mapping names it.
fn metric() -> Value {
    json!({
        "org": "my-org",
        "dashboard": "my-dashboard",
        "panel_title": "my-panel",
        "metric_name": "A-series",
    })
}

async fn ask(api: &Api, body: &Value) -> Value {
    let request = warp::test::request().method("POST").path("/query_logs").json(body);
    let response = request.reply(api).await;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    assert_eq!(response.status(), 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn the_answer_has_the_seeds_shape_and_every_number_is_finite() {
    let database = shop("shape").await;
    let answer = ask(&database.api(), &body()).await;
    let groups = answer["log_groups"].as_array().unwrap();
    assert_eq!(groups.len(), 3);
    let first = &groups[0];
    assert_eq!(
        (&first["service"], &first["status"]),
        (&json!("checkout"), &json!("new"))
    );
    assert_eq!(
        (&first["current_count"], &first["baseline_count"]),
        (&json!(150), &json!(0))
    );
    assert!(first["pattern_id"].is_string());
    for group in groups {
        let samples = group["representative_logs"].as_array().unwrap();
        assert!(
            (1..=3).contains(&samples.len()) && samples.iter().all(Value::is_string),
            "{group}"
        );
        for number in ["relative_change", "kl_contribution", "q_value"] {
            assert!(group[number].as_f64().is_some_and(f64::is_finite), "{group}");
        }
    }
    assert!(
        first["representative_logs"][0]
            .as_str()
            .unwrap()
            .starts_with("payment failed")
    );
    assert_eq!(answer["window"]["from"], "2026-01-31T10:10:00Z");
    assert_eq!(answer["baseline"]["from"], "2026-01-31T10:00:00Z");
    assert_eq!(answer["baseline"]["to"], "2026-01-31T10:10:00Z");
    assert_eq!(answer["totals"]["current_count"], 1_350);
    assert_eq!(answer["totals"]["baseline_count"], 1_200);
    assert_eq!(answer["scope"]["matched_by"], "all");
}

#[tokio::test]
async fn the_unit_of_the_relative_change_can_be_per_cent() {
    let database = shop("unit").await;
    let fraction = ask(&database.api(), &body()).await;
    let mut config = database.config.clone();
    config.server = Config::parse("[server]\nrelative_change = \"percent\"").unwrap().server;
    let percent = ask(&database.api_with(config), &body()).await;
    let change = |answer: &Value| answer["log_groups"][0]["relative_change"].as_f64().unwrap();
    assert!(change(&fraction) > 1.0);
    assert!((change(&percent) / change(&fraction) - 100.0).abs() < 1e-9);
}

#[tokio::test]
async fn limit_baseline_and_services_are_obeyed() {
    let database = shop("options").await;
    let api = database.api();
    let mut asked = body();
    asked["limit"] = json!(1);
    let answer = ask(&api, &asked).await;
    assert_eq!(answer["log_groups"].as_array().unwrap().len(), 1);
    assert_eq!(answer["totals"]["other_current_count"], 1_200);
    let mut asked = body();
    asked["services"] = json!(["cart", "cart"]);
    asked["baseline"] = json!("2026-01-31T10:00:00Z..2026-01-31T10:05:00Z");
    let answer = ask(&api, &asked).await;
    assert_eq!(answer["scope"]["services"], json!(["cart"]));
    assert_eq!(answer["scope"]["matched_by"], "request");
    assert_eq!(answer["totals"]["baseline_count"], 300);
    assert!(
        answer["log_groups"]
            .as_array()
            .unwrap()
            .iter()
            .all(|group| group["service"] == "cart")
    );
}

#[tokio::test]
async fn a_mapping_a_label_or_the_org_states_the_scope() {
    let database = shop("scope").await;
    let api = database.open_api();
    let scope = async |asked: &Value| {
        let answer = ask(&api, asked).await;
        let services: Vec<_> = answer["scope"]["services"].as_array().unwrap().clone();
        (answer["scope"]["matched_by"].as_str().unwrap().to_owned(), services)
    };
    let send = async |method: &str, query: &str, body: &Value| {
        let request = warp::test::request()
            .method(method)
            .path(&format!("/api/v1/mappings{query}"));
        let response = request.json(body).reply(&api).await;
        (
            response.status().as_u16(),
            String::from_utf8_lossy(response.body()).into_owned(),
        )
    };
    let mut labelled = body();
    labelled["metric_name"] = json!("errors{service=\"cart\"}");
    assert_eq!(scope(&labelled).await, ("metric_name".to_owned(), vec![json!("cart")]));

    let org = json!({ "org": "my-org", "services": ["cart", "checkout"] });
    assert_eq!(send("PUT", "", &org).await.0, 200);
    assert_eq!(
        scope(&body()).await,
        ("org".to_owned(), vec![json!("cart"), json!("checkout")])
    );
    assert_eq!(scope(&labelled).await.0, "metric_name");

    let mut metric = metric();
    metric["services"] = json!(["cart"]);
    assert_eq!(send("PUT", "", &metric).await.0, 200);
    metric["services"] = json!(["checkout"]);
    assert_eq!(send("PUT", "", &metric).await.0, 200);
    assert_eq!(scope(&body()).await, ("mapping".to_owned(), vec![json!("checkout")]));

    let (status, listed) = send("GET", "?org=my-org", &json!(null)).await;
    assert_eq!(status, 200);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["mappings"].as_array().unwrap().len(), 2);
    assert_eq!(listed["mappings"][1]["services"], json!(["checkout"]));

    let key = "?org=my-org&dashboard=my-dashboard&panel_title=my-panel&metric_name=A-series";
    assert_eq!(send("DELETE", key, &json!(null)).await.0, 204);
    assert_eq!(send("DELETE", key, &json!(null)).await.0, 404);
    assert_eq!(send("DELETE", "?org=my-org", &json!(null)).await.0, 204);
    assert_eq!(scope(&body()).await.0, "all");
}

#[tokio::test]
async fn a_mapping_may_name_attributes() {
    let database = FIXTURE.database("attributes").await;
    for (minute, zone) in [("05", "a"), ("15", "a"), ("15", "b")] {
        database
            .run(&format!(
                "INSERT INTO otel_logs (Timestamp, ServiceName, Body, ResourceAttributes) \
                 VALUES ('2026-01-31 10:{minute}:00', 'cart', 'zone {zone} answers', map('zone', '{zone}'))"
            ))
            .await;
    }
    let api = database.open_api();
    let mut mapping = metric();
    mapping["attributes"] = json!({ "zone": "a" });
    let request = warp::test::request()
        .method("PUT")
        .path("/api/v1/mappings")
        .json(&mapping);
    assert_eq!(request.reply(&api).await.status(), 200);
    let answer = ask(&api, &body()).await;
    assert_eq!(answer["scope"]["attributes"], json!([{ "key": "zone", "value": "a" }]));
    assert_eq!(answer["totals"]["current_count"], 1);
}

/// Sends a decision about a pattern.
async fn choose(api: &Api, choice: &Value) {
    let request = warp::test::request().method("PUT").path("/api/v1/choices").json(choice);
    let response = request.reply(api).await;
    assert_eq!(response.status(), 200, "{:?}", response.body());
}

async fn decided(api: &Api, org: &str) -> Vec<Value> {
    let path = format!("/api/v1/choices?org={org}");
    let response = warp::test::request().path(&path).reply(api).await;
    assert_eq!(response.status(), 200, "{:?}", response.body());
    let list: Value = serde_json::from_slice(response.body()).unwrap();
    list["choices"].as_array().unwrap().clone()
}

/// The group of the failed payments; none where the answer leaves them out.
fn failed_payments(answer: &Value) -> Option<&Value> {
    let mut groups = answer["log_groups"].as_array().unwrap().iter();
    groups.find(|group| group["pattern"].as_str().unwrap().contains("payment failed"))
}

#[tokio::test]
async fn a_group_has_its_course_and_the_minute_of_its_onset() {
    let answer = ask(&shop("course").await.api(), &body()).await;
    assert_eq!(answer["step_seconds"], 60);
    for group in answer["log_groups"].as_array().unwrap() {
        let course = group["course"].as_array().unwrap();
        let lines: u64 = course.iter().map(|lines| lines.as_u64().unwrap()).sum();
        assert_eq!(
            (course.len(), json!(lines)),
            (10, group["current_count"].clone()),
            "{group}"
        );
    }
    let group = failed_payments(&answer).unwrap();
    assert_eq!(group["course"], json!([15, 15, 15, 15, 15, 15, 15, 15, 15, 15]));
    assert_eq!(group["since"], "2026-01-31T10:10:00Z");
    // A window whose last minutes alone have them.
    let mut late = body();
    late["start_time"] = json!("2026-01-31T10:02:00Z");
    late["end_time"] = json!("2026-01-31T10:12:00Z");
    let answer = ask(&shop("course_late").await.api(), &late).await;
    let group = failed_payments(&answer).unwrap();
    assert_eq!(group["course"], json!([0, 0, 0, 0, 0, 0, 0, 0, 15, 15]));
    assert_eq!(group["since"], "2026-01-31T10:10:00Z");
}

/// Whatever answers: the rollup, the log table with it, plain SQL.
#[tokio::test]
async fn an_org_names_a_pattern_and_ignores_it_for_itself_alone() {
    let database = shop("org_choices").await;
    database.roller().catch_up().await.unwrap();
    let mut plain = database.config.clone();
    plain.analysis.divergence = Divergence::Sql;
    plain.auth = Config::parse("auth = \"none\"").unwrap().auth;
    let (api, plain) = (database.open_api(), database.api_with(plain));
    let mut elsewhere = body();
    elsewhere["org"] = json!("another-org");
    let mut cut = body();
    cut["end_time"] = json!("2026-01-31T10:19:59.5Z");

    let id = failed_payments(&ask(&api, &body()).await).unwrap()["pattern_id"].clone();
    let mut choice = json!({
        "org": "my-org", "pattern_id": id, "name": " no <b>payment</b> ", "pattern": "payment failed: timeout after <num> ms"
    });
    choose(&api, &choice).await;
    for (api, asked) in [(&api, &body()), (&api, &cut), (&plain, &body())] {
        let answer = ask(api, asked).await;
        assert_eq!(failed_payments(&answer).unwrap()["name"], "no <b>payment</b>");
        assert_eq!(answer["totals"]["ignored_patterns"], 0);
        assert!(
            answer["log_groups"]
                .as_array()
                .unwrap()
                .iter()
                .any(|group| group.get("name").is_none())
        );
    }

    choice["ignored"] = json!(true);
    choose(&api, &choice).await;
    for (api, asked) in [(&api, &body()), (&api, &cut), (&plain, &body())] {
        let answer = ask(api, asked).await;
        assert_eq!(failed_payments(&answer), None, "{answer}");
        let totals = &answer["totals"];
        assert_eq!(
            (&totals["ignored_patterns"], &totals["ignored_count"]),
            (&json!(1), &json!(150))
        );
        assert!(
            totals["current_count"].as_u64().unwrap() >= 1_349,
            "its lines still count: {totals}"
        );
        assert_eq!(answer["log_groups"].as_array().unwrap().len(), 2);
    }
    let other = ask(&api, &elsewhere).await;
    assert_eq!(failed_payments(&other).unwrap().get("name"), None);
    assert_eq!(other["totals"]["ignored_patterns"], 0);

    choice["name"] = json!("no <b>payment</b>");
    assert_eq!(decided(&api, "my-org").await, [choice.clone()]);
    assert_eq!(decided(&api, "another-org").await, [] as [Value; 0]);
    // With neither it is as it was.
    choose(&api, &json!({ "org": "my-org", "pattern_id": id })).await;
    assert_eq!(decided(&api, "my-org").await, [] as [Value; 0]);
    assert_eq!(failed_payments(&ask(&api, &body()).await).unwrap().get("name"), None);
}

/// A window whose every line is of an ignored pattern is not said to be empty.
#[tokio::test]
async fn where_all_is_ignored_the_answer_says_so() {
    let database = shop("org_choices_all").await;
    let api = database.open_api();
    let mut asked = body();
    asked["services"] = json!(["cart"]);
    let answer = ask(&api, &asked).await;
    for group in answer["log_groups"].as_array().unwrap() {
        choose(
            &api,
            &json!({ "org": "my-org", "pattern_id": group["pattern_id"], "ignored": true }),
        )
        .await;
    }
    let answer = ask(&api, &asked).await;
    assert_eq!(answer["log_groups"], json!([]));
    let warnings = answer["warnings"].to_string();
    assert!(warnings.contains("or only lines of ignored patterns"), "{warnings}");
}

/// Hostile text in the fields that may hold any text is text: an answer, and nothing else happens.
#[tokio::test]
async fn sql_in_a_field_is_only_text() {
    let database = shop("hostile").await;
    let api = database.open_api();
    for text in [
        "'; DROP TABLE otel_logs; --",
        "\\'; DROP TABLE otel_logs; --",
        "' UNION ALL SELECT password FROM system.users --",
        "{org:String}",
        "{{ 7 * 7 }}",
        "%' OR '1'='1",
        "a?b&c=d#e",
        "line\nbreak\ttab\rreturn",
        "nul\u{0}byte",
        "\u{1F525} `back` \"quotes\" \\N \\",
    ] {
        let mut asked = body();
        for field in ["org", "dashboard", "panel_title", "metric_name"] {
            asked[field] = json!(text);
        }
        assert_eq!(ask(&api, &asked).await["totals"]["current_count"], 1_350, "{text:?}");
        let mut mapping = metric();
        for field in ["org", "dashboard", "panel_title", "metric_name"] {
            mapping[field] = json!(text);
        }
        mapping["services"] = json!([text]);
        mapping["attributes"] = json!({ text: text });
        let request = warp::test::request()
            .method("PUT")
            .path("/api/v1/mappings")
            .json(&mapping);
        assert_eq!(request.reply(&api).await.status(), 200, "{text:?}");
        let scope = &ask(&api, &asked).await["scope"];
        assert_eq!(scope["services"], json!([text]));
        assert_eq!(scope["attributes"], json!([{ "key": text, "value": text }]));
        let mut asked = body();
        asked["org"] = json!("another");
        asked["services"] = json!([text]);
        assert_eq!(
            ask(&api, &asked).await["totals"]["current_count"],
            0,
            "services = {text:?}"
        );
    }
}

#[tokio::test]
async fn identical_requests_in_flight_are_one_query() {
    let database = shop("coalesced").await;
    let api = database.api();
    let mut other = body();
    other["limit"] = json!(2);
    let asked = [vec![body(); 8], vec![other; 2]].concat();
    let answers = join_all(asked.iter().map(|body| ask(&api, body))).await;
    assert!(answers[..8].iter().all(|answer| *answer == answers[0]));
    assert_eq!(answers[8]["log_groups"].as_array().unwrap().len(), 2);
    let response = warp::test::request().path("/metrics").reply(&api).await;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    assert!(text.contains("\nkulprit_coalesced_requests_total 8\n"), "{text}");
}

#[tokio::test]
async fn what_waits_beyond_the_limit_is_refused_and_the_rest_answered() {
    let database = shop("limited").await;
    let mut config = database.config.clone();
    config.server.max_requests = 1;
    let api = database.api_with(config);
    let statuses = join_all((1..=3).map(|limit| {
        let mut body = body();
        body["limit"] = json!(limit);
        let request = warp::test::request().method("POST").path("/query_logs").json(&body);
        let api = api.clone();
        async move { request.reply(&api).await.status().as_u16() }
    }))
    .await;
    assert_eq!(statuses, [200, 429, 429]);
    ask(&api, &body()).await;
}

#[tokio::test]
async fn it_is_ready_when_all_tables_are_there() {
    let database = FIXTURE.database("ready").await;
    let api = database.api();
    let ready = async || {
        let response = warp::test::request().path("/ready").reply(&api).await;
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        (response.status().as_u16(), body["missing"].clone())
    };
    assert_eq!(ready().await, (200, json!([])));
    database.run("DROP TABLE metric_log_streams").await;
    assert_eq!(ready().await, (503, json!(["metric_log_streams"])));
}

#[tokio::test]
async fn what_clickhouse_says_stays_in_the_log() {
    let database = FIXTURE.database("secrets").await;
    database.run("DROP TABLE otel_logs").await;
    let api = database.api();
    // Half a minute cannot come from the rollup.
    let mut asked = body();
    asked["start_time"] = json!("2026-01-31T10:10:30Z");
    let request = warp::test::request().method("POST").path("/query_logs").json(&asked);
    let response = request.reply(&api).await;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    assert_eq!(response.status(), 422, "{text}");
    let error: Value = serde_json::from_str(&text).unwrap();
    assert!(error["request_id"].is_string(), "{text}");
    assert!(!text.contains("DB::Exception") && !text.contains("otel_logs"), "{text}");
}

#[tokio::test]
async fn a_user_who_may_only_read_gets_an_answer() {
    let database = shop("reader").await;
    let api = database.for_reader().open_api();
    assert_eq!(ask(&api, &body()).await["totals"]["current_count"], 1_350);
    let mut mapping = metric();
    mapping["services"] = json!(["cart"]);
    let request = warp::test::request()
        .method("PUT")
        .path("/api/v1/mappings")
        .json(&mapping);
    assert_eq!(request.reply(&api).await.status(), 422);
}
