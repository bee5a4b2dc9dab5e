//! The report: it says what the API says, nothing in the data becomes markup, and what cannot be computed is never an all-clear.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use kulprit::config::Config;
use kulprit::demo::load;
use kulprit::demo::plan::Plan;
use kulprit::http::{App, routes};
use kulprit::report::{Parts, Place, Report};
use kulprit_incidents::Incidents;
use kulprit_request::Window;
use kulprit_testing::{Api, Database};
use serde_json::{Value, json};

use crate::FIXTURE;

fn plan() -> Plan {
    Plan::new(5, "2026-02-03T14:25:36Z".parse().unwrap(), 40, 6.0)
}

async fn shop(name: &str) -> Database {
    let database = FIXTURE.database(name).await;
    load::load(&database.client, &plan(), |_| {}).await.unwrap();
    database.roller().catch_up().await.unwrap();
    database
}

/// So long that no part is left out on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(300);

/// The API with an incident store.
fn api(database: &Database, config: &Config) -> Api {
    let mut config = config.clone();
    config.clickhouse = database.config.clickhouse.clone();
    config.server.query_timeout_seconds = PATIENCE.as_secs();
    let directory = FIXTURE.fresh_dir(&format!("incidents-of-{}", config.clickhouse.database));
    std::fs::create_dir_all(&directory).unwrap();
    let incidents = Incidents::open(&directory.join("incidents.db")).unwrap();
    let client = database.client.with_timeout(PATIENCE);
    let app = App::on(IpAddr::from([127, 0, 0, 1]), client, config, Some(incidents)).unwrap();
    routes(app)
}

fn between(plan: &Plan) -> String {
    let window = plan.incident_window();
    format!("from={}&to={}", window.from, window.to)
}

/// A page as a browser gets it.
struct Page {
    status: u16,
    policy: String,
    kind: String,
    retry_after: bool,
    text: String,
}

async fn page(api: &Api, query: &str) -> Page {
    page_for(api, query, None).await
}

async fn page_for(api: &Api, query: &str, secret: Option<&str>) -> Page {
    let mut request = warp::test::request().path(&format!("/{query}"));
    if let Some(secret) = secret {
        request = request.header("x-kulprit-secret", secret);
    }
    let response = request.reply(api).await;
    let header = |name: &str| {
        let value = response.headers().get(name);
        value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    };
    let page = Page {
        status: response.status().as_u16(),
        policy: header("content-security-policy"),
        kind: header("content-type"),
        retry_after: !header("retry-after").is_empty(),
        text: String::from_utf8(response.body().to_vec()).unwrap(),
    };
    assert_eq!(page.kind, "text/html; charset=utf-8", "{}", page.text);
    assert_harmless(&page.text);
    page
}

async fn ask(api: &Api, path: &str, body: Option<Value>) -> (u16, Value) {
    let request = warp::test::request().path(path);
    let request = match &body {
        Some(body) => request.method("POST").json(body),
        None => request,
    };
    let response = request.reply(api).await;
    (
        response.status().as_u16(),
        serde_json::from_slice(response.body()).unwrap(),
    )
}

/// Text as it stands in the page.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            '/' => out.push_str("&#x2f;"),
            other => out.push(other),
        }
    }
    out
}

/// Reads the page as a browser does, tag by tag: only what the templates hold may be there.
fn assert_harmless(page: &str) {
    const TAGS: &str = "a bdi body button caption code dd desc details defs div dl dt footer form g h1 h2 h3 head header html input label li \
                        main marker meta meter nav ol p path polyline pre rect section span strong style summary svg table tbody td text th \
                        thead time title tr ul";
    const ATTRIBUTES: &str = "aria-describedby aria-invalid aria-label aria-labelledby autocomplete charset checked class content d data-label \
                              datetime dy for height href http-equiv id lang markerheight marker-end markerunits markerwidth max method \
                              action min name orient placeholder points refx refy role rx scope spellcheck stroke-width tabindex \
                              text-anchor transform type value viewbox width x y";
    let (tags, attributes): (BTreeSet<&str>, BTreeSet<&str>) = (
        TAGS.split_whitespace().collect(),
        ATTRIBUTES.split_whitespace().collect(),
    );
    assert_eq!(page.matches("<style>").count(), 1);
    let (before, rest) = page.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    let page = format!("{before}{after}");
    for (at, _) in page.match_indices('<') {
        let rest = &page[at + 1..];
        if rest.starts_with("!doctype html>") {
            continue;
        }
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap();
        let context: String = rest.chars().take(120).collect();
        assert!(tags.contains(rest[..end].to_lowercase().as_str()), "{context}");
        let mut inside = rest[end..].trim_start();
        while !inside.starts_with('>') && !inside.starts_with("/>") {
            let end = inside.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
            let (name, value) = inside.split_at(end.unwrap());
            assert!(attributes.contains(name.to_lowercase().as_str()), "{name}: {context}");
            inside = match value.strip_prefix("=\"") {
                Some(value) => {
                    let (value, rest) = value.split_once('"').unwrap();
                    let is_address = name == "href" || name == "action";
                    let address = value.to_lowercase();
                    let leads_here = address.is_empty()
                        || ["?", "#", "api&#x2f;v1&#x2f;", "openapi.json"]
                            .iter()
                            .any(|begin| address.starts_with(begin))
                        || address.starts_with("api/v1/");
                    assert!(!is_address || leads_here, "{value}: {context}");
                    rest.trim_start()
                }
                None => value.trim_start(),
            };
        }
    }
    let is_odd = |letter: &char| kulprit::text::is_order(*letter) && !matches!(letter, '\n' | '\t');
    assert_eq!(page.chars().find(is_odd), None);
}

#[tokio::test]
async fn the_page_says_what_the_api_says() {
    let database = shop("report_shop").await;
    let api = api(&database, &database.config);
    let window = plan().incident_window();
    let query = between(&plan());
    let page = page(&api, &format!("?{query}&differences=true")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(
        page.policy.starts_with("default-src 'none'; style-src 'sha256-")
            && page.policy.contains("frame-ancestors 'none'"),
        "{}",
        page.policy
    );
    assert!(!page.text.contains("could not be"), "{}", page.text);
    let holds = |text: &str| assert!(page.text.contains(&escaped(text)), "{text} is not in {}", page.text);

    let (_, health) = ask(&api, &format!("/api/v1/services?{query}"), None).await;
    for service in health["services"].as_array().unwrap() {
        holds(service["service"].as_str().unwrap());
        holds(&format!("status s-{}", service["status"].as_str().unwrap()));
        let rate = service["request_rate"].as_f64().unwrap();
        let shown = if rate < 10.0 {
            format!("{rate:.2}/s")
        } else {
            format!("{rate:.1}/s")
        };
        holds(&shown);
        for reason in service["reasons"].as_array().unwrap() {
            holds(reason.as_str().unwrap());
        }
    }
    let body = json!({
        "org": "1", "dashboard": "d", "panel_title": "p", "metric_name": "m", "differences": true,
        "start_time": window.from, "end_time": window.to,
    });
    let (_, changes) = ask(&api, "/query_logs", Some(body)).await;
    let groups = changes["log_groups"].as_array().unwrap();
    assert!(!groups.is_empty());
    for group in groups {
        holds(group["pattern"].as_str().unwrap());
        holds(&format!("{:.0}", group["current_count"].as_f64().unwrap()));
        for message in group["representative_logs"].as_array().unwrap() {
            holds(message.as_str().unwrap());
        }
        for difference in group["differences"].as_array().into_iter().flatten() {
            holds(difference["sentence"].as_str().unwrap());
        }
    }
    let body = json!({ "from": window.from, "to": window.to });
    let (_, cause) = ask(&api, "/api/v1/correlate", Some(body)).await;
    holds(cause["root_cause"]["sentence"].as_str().unwrap());
    for suspect in cause["suspects"].as_array().unwrap() {
        for evidence in suspect["evidence"].as_array().unwrap() {
            holds(evidence["text"].as_str().unwrap());
        }
    }
    let (_, topology) = ask(&api, &format!("/api/v1/topology?{query}"), None).await;
    for edge in topology["edges"].as_array().unwrap() {
        let (caller, callee) = (edge["caller"].as_str().unwrap(), edge["callee"].as_str().unwrap());
        holds(&format!("{caller} calls {callee}: "));
    }
    assert!(page.text.contains("critical, root cause") && page.text.contains("the way of the fault"));

    let links = page
        .text
        .split("href=\"api")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap());
    let links: BTreeSet<String> = links
        .map(|link| format!("/api{}", link.replace("&#x2f;", "/")))
        .collect();
    assert!(
        links.iter().any(|link| link == "/api/v1/sql/topology/edges"),
        "{links:?}"
    );
    for link in links.iter().filter(|link| link.contains("/sql/")) {
        assert_eq!(ask(&api, link, None).await.0, 200, "{link}");
    }
}

/// A name and a message that would be markup, an order to the reader's screen, or a template.
const HOSTILE: [&str; 7] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</style></title></svg><svg onload=alert(1)>",
    "' onmouseover='alert(1)",
    "{{ 7777 * 7777 }}{% raw %}{# x #}",
    "\u{202e}gnp.exe\u{1b}[2J\u{9b}31m\u{2028}\u{0}",
    "javascript:alert(1)//]]><!--",
];

#[tokio::test]
async fn nothing_in_the_data_becomes_markup() {
    let database = FIXTURE.database("report_hostile").await;
    let mut lines = vec![];
    for minute in 0..20 {
        for (number, text) in HOSTILE.iter().enumerate() {
            if minute >= 10 || number == 0 {
                let line = format!("ERROR {text} {text} number {minute}");
                lines.extend(
                    (0..8).map(|second| (format!("2026-01-31T10:{minute:02}:{second:02}Z"), *text, line.clone())),
                );
            }
        }
        lines.push((
            format!("2026-01-31T10:{minute:02}:30Z"),
            "quiet",
            "all is well".to_owned(),
        ));
    }
    database.log(lines).await;
    let spans = (0..600).flat_map(|number| {
        let at = format!("2026-01-31 10:{:02}:{:02}.000000000", number / 30, number % 30 * 2);
        let is_bad = number >= 300 && number % 2 == 0;
        let caller = HOSTILE[number % HOSTILE.len()];
        let callee = HOSTILE[(number + 1) % HOSTILE.len()];
        let trace = format!("{number:016}{}", HOSTILE[1]);
        let span = move |id: &str, parent: &str, kind: &str, service: &str| {
            json!({
                "Timestamp": at, "TraceId": trace, "SpanId": id, "ParentSpanId": parent, "SpanKind": kind, "ServiceName": service,
                "SpanName": HOSTILE[0], "Duration": 5_000_000, "StatusCode": if is_bad { "Error" } else { "Unset" },
            })
        };
        [
            span("a", "", "Server", caller),
            span("b", "a", "Client", caller),
            span("c", "b", "Server", callee),
        ]
    });
    database.insert("otel_traces", spans).await;
    let api = api(&database, &database.config);
    let page = page(
        &api,
        "?from=2026-01-31T10:10:00Z&to=2026-01-31T10:20:00Z&differences=true",
    )
    .await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(!page.text.contains("could not be computed"), "{}", page.text);
    // It is all there, as text.
    for text in &HOSTILE[..5] {
        assert!(page.text.contains(&escaped(text)), "{text} is not in {}", page.text);
    }
    assert!(page.text.contains("\u{fffd}gnp.exe"), "{}", page.text);
    // A service of which lines alone are known is not called healthy.
    assert!(
        page.text.contains("status s-unknown\"") && !page.text.contains("60481729"),
        "a template of a line was filled in"
    );

    // What is asked is as hostile as what is stored.
    let encoded = |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    for text in HOSTILE.map(encoded) {
        for query in [
            format!("?from={text}"),
            format!("?baseline={text}"),
            format!("?{text}=1"),
        ] {
            assert_eq!(self::page(&api, &query).await.status, 400, "{query}");
        }
    }
    let named: String = HOSTILE
        .iter()
        .map(|text| format!("&service={}", encoded(text)))
        .collect();
    let query = format!("?from=2026-01-31T10:10:00Z&to=2026-01-31T10:20:00Z{named}");
    assert_eq!(self::page(&api, &query).await.status, 200);
}

#[test]
fn nothing_in_an_incident_becomes_markup() {
    for text in HOSTILE {
        let at = "2026-01-31T10:00:00Z";
        let page = json!({
            "incidents": [{
                "id": text, "org": text, "title": text, "severity": "high", "state": "open", "assignee": text, "service": text, "label": text,
                "from": at, "to": "2026-01-31T10:10:00Z", "baseline_from": at, "baseline_to": at, "opened_at": at, "opened_by": text,
                "updated_at": at, "acknowledged_at": null, "mitigated_at": null, "resolved_at": null, "closed_at": null,
                "time_to_acknowledge_s": null, "time_to_mitigate_s": null, "time_to_resolve_s": null, "version": 1, "services": [text],
                "labels": [text],
            }],
            "next_cursor": text,
        });
        let window = Window {
            from: at.parse().unwrap(),
            to: "2026-01-31T10:10:00Z".parse().unwrap(),
        };
        let report = Report {
            window,
            services: vec![text.to_owned()],
            place: Place::Server {
                window,
                along: vec![("org", text.to_owned())],
            },
            notes: vec![text.to_owned()],
            form: None,
            made_at: window.to,
            parts: Parts {
                incidents: Some(Ok(serde_json::from_value(page).unwrap())),
                ..Parts::default()
            },
        };
        let page = report.render().unwrap();
        assert!(page.contains("in this window"), "{page}");
        assert_harmless(&page);
    }
}

#[tokio::test]
async fn a_part_that_cannot_be_computed_is_an_error_on_the_page() {
    let database = FIXTURE.empty_database("report_logs_alone").await;
    database.create_log_table().await;
    database
        .log([
            ("2026-01-31T10:01:00Z", "cart", "added item 17"),
            ("2026-01-31T10:06:00Z", "cart", "added item 18"),
        ])
        .await;
    let api = api(&database, &database.config);
    let window = "from=2026-01-31T10:05:00Z&to=2026-01-31T10:10:00Z";
    let page = page(&api, &format!("?{window}")).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("added item"), "{}", page.text);
    let (status, refused) = ask(&api, &format!("/api/v1/services?{window}"), None).await;
    assert_eq!(status, 422);
    let message = refused["message"].as_str().unwrap();
    assert!(page.text.contains(&escaped(message)), "{message}: {}", page.text);
    assert!(
        page.text.contains("How the services do could not be computed."),
        "{}",
        page.text
    );
    assert!(!page.text.contains("s-healthy\""), "{}", page.text);
}

#[tokio::test]
async fn where_nothing_can_be_computed_the_status_says_so() {
    let away = kulprit_testing::engine::client(
        &kulprit_engine::Endpoint {
            url: "http://127.0.0.1:1".to_owned(),
            user: String::new(),
            password: String::new(),
        },
        "default",
    );
    let api = kulprit::http::routes(kulprit::http::App::new(away, Config::default()).unwrap());
    let page = page(&api, "").await;
    assert_eq!((page.status, page.retry_after), (503, true), "{}", page.text);
    assert!(page.text.contains("clickhouse cannot be reached"), "{}", page.text);
    for word in ["s-healthy\"", "No service stands out", "no pattern changed"] {
        assert!(!page.text.contains(word), "{word}");
    }
}

#[tokio::test]
async fn what_is_asked_wrongly_is_named_beside_the_form() {
    let database = FIXTURE.empty_database("report_wrong").await;
    let api = api(&database, &database.config);
    for (query, field) in [
        ("?from=yesterday", "from"),
        ("?from=now&to=now-1h", "to"),
        ("?baseline=month", "baseline"),
        ("?limit=0", "limit"),
        ("?differences=perhaps", "differences"),
        ("?from=now-1h&from=now-2h", "from"),
    ] {
        let page = page(&api, query).await;
        assert_eq!(page.status, 400, "{query}");
        assert!(
            page.text.contains(&format!("role=\"alert\">{field}: ")),
            "{query}: {}",
            page.text
        );
        assert!(page.text.contains("<form method=\"get\""), "{}", page.text);
    }
    let page = page(&api, "?from=yesterday&service=cart").await;
    assert!(
        page.text.contains("value=\"yesterday\"")
            && page.text.contains("value=\"cart\"")
            && page.text.contains("aria-invalid"),
        "{}",
        page.text
    );
    let page = self::page(&api, "?form=now-1h").await;
    assert!(
        page.status == 400 && page.text.contains("form: is not known here"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn its_questions_wait_for_their_turns_as_the_apis_do() {
    let database = shop("report_turns").await;
    let mut config = database.config.clone();
    config.server.max_requests = 1;
    let page = page(&api(&database, &config), &format!("?{}", between(&plan()))).await;
    // Services and topology are of one class, in which there is room for one.
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("are being answered or wait for ClickHouse already"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn an_org_sees_its_own_services_alone() {
    let database = shop("report_orgs").await;
    let (own, other) = ("o".repeat(40), "p".repeat(40));
    let mut config = Config::parse(&format!(
        "[[auth.shared_secrets]]\norg = \"shop\"\nrole = \"viewer\"\nsecret = \"{own}\"\n\
         [[auth.shared_secrets]]\norg = \"nobody\"\nrole = \"viewer\"\nsecret = \"{other}\"\n\
         [[orgs]]\nname = \"shop\"\nservices = [\"cart\", \"catalog\"]\n"
    ))
    .unwrap();
    config.auth.max_failure_delay_ms = 0;
    let api = api(&database, &config);
    let window = between(&plan());
    let stranger = page(&api, &format!("?{window}")).await;
    assert_eq!(stranger.status, 401, "{}", stranger.text);
    assert!(
        stranger.text.contains("sends no credentials by itself"),
        "{}",
        stranger.text
    );
    let wrong = page_for(&api, &format!("?{window}"), Some(&"x".repeat(40))).await;
    assert_eq!(wrong.status, 403, "{}", wrong.text);

    let seen = page_for(&api, &format!("?{window}"), Some(&own)).await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    assert!(
        seen.text.contains("catalog") && seen.text.contains("cart"),
        "{}",
        seen.text
    );
    for hidden in ["payment", "checkout", "shipping"] {
        assert!(!seen.text.contains(hidden), "{hidden} is in {}", seen.text);
    }
    for (query, secret) in [
        (format!("?{window}&service=payment"), &own),
        (format!("?{window}&org=nobody"), &own),
        (format!("?{window}"), &other),
    ] {
        let refused = page_for(&api, &query, Some(secret)).await;
        assert_eq!(refused.status, 403, "{query}: {}", refused.text);
        assert!(!refused.text.contains("catalog"), "{query}: {}", refused.text);
    }
}

#[tokio::test]
async fn commands_write_one_file_that_stands_alone() {
    let database = shop("report_files").await;
    let window = plan().incident_window();
    let reader = FIXTURE.engine().await.reader();
    let directory = tempfile::TempDir::new().unwrap();
    let config = directory.path().join("config.toml");
    std::fs::write(
        &config,
        format!("[server]\nquery_timeout_seconds = {}\n", PATIENCE.as_secs()),
    )
    .unwrap();
    let run = |arguments: &[&str]| {
        let mut command = FIXTURE.command(arguments);
        command
            .args([
                "--from",
                &window.from.to_string(),
                "--to",
                &window.to.to_string(),
                "--format",
                "html",
            ])
            .args([
                "--url",
                &reader.url,
                "--user",
                &reader.user,
                "--password",
                &reader.password,
            ])
            .args(["--database", &database.config.clickhouse.database])
            .arg("--config")
            .arg(&config);
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    };
    for (arguments, says) in [
        (&["services"][..], "status s-critical\""),
        (&["analyze", "--differences"], "HikariPool"),
        (&["analyze", "--by", "service"], "unlike their own last three hours"),
        (&["correlate"], "payment is the likeliest root cause"),
    ] {
        let file = run(arguments);
        assert!(file.trim_start().starts_with("<!doctype html>"), "{file}");
        assert!(
            file.contains("http-equiv=\"Content-Security-Policy\" content=\"default-src"),
            "{file}"
        );
        assert!(file.contains(says), "{arguments:?}: {file}");
        assert!(file.contains("payment"), "{arguments:?}: {file}");
        assert_harmless(&file);
        // Its links lead within it.
        for link in file.split("href=\"").skip(1) {
            assert!(
                link.starts_with('#'),
                "{arguments:?}: {}",
                link.chars().take(60).collect::<String>()
            );
        }
    }
}
