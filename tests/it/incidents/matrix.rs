//! Who may do what: every identity against every kind of request, on a real server over a real ClickHouse.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::grafana::{Grafana, Key};
use super::service::{Answer, Home, Service, opening};
use crate::FIXTURE;

const SECRET: &str = "a shared secret of the plugin proxy";
const QUERY: &str = "query_logs";

/// One line of the matrix: name, headers, and the statuses of the requests in the order of [`REQUESTS`].
type Line = (&'static str, Vec<(&'static str, String)>, [u16; 9]);

const REQUESTS: [&str; 9] = [
    "list",
    "read",
    "create",
    "transition",
    "comment",
    "delete",
    "export",
    "choose",
    QUERY,
];

/// Nothing shown; something wrong shown; another org.
const NOBODY: [u16; 9] = [401; 9];
const WRONG: [u16; 9] = [403; 9];
const VIEWER: [u16; 9] = [200, 200, 403, 403, 403, 403, 200, 403, 200];
const EDITOR: [u16; 9] = [200, 200, 201, 200, 201, 403, 200, 200, 200];
const ADMIN: [u16; 9] = [200, 200, 201, 200, 201, 204, 200, 200, 200];
// Its own list and incidents, which are other ones; ours are not there.
const STRANGER: [u16; 9] = [200, 404, 201, 404, 404, 404, 404, 403, 403];

/// Opens an incident of ours and returns its path.
fn ours(service: &Service, admin: &str) -> String {
    let bearer = format!("Bearer {admin}");
    let opened = service.call(
        "POST",
        "/api/v1/incidents",
        &[("authorization", &bearer)],
        Some(&opening("ours")),
    );
    assert_eq!(opened.status, 201, "{}", opened.text);
    format!("/api/v1/incidents/{}", opened.json()["id"].as_str().unwrap())
}

/// Sends one kind of request about an incident of ours.
fn send(service: &Service, path: &str, request: &str, headers: &[(&str, &str)]) -> Answer {
    let call = |method: &str, path: &str, body: Option<&Value>| service.call(method, path, headers, body);
    match request {
        "list" => call("GET", "/api/v1/incidents", None),
        "read" => call("GET", path, None),
        "create" => call("POST", "/api/v1/incidents", Some(&opening("theirs"))),
        "transition" => call("PATCH", path, Some(&json!({ "state": "acknowledged" }))),
        "comment" => call("POST", &format!("{path}/comments"), Some(&json!({ "note": "x" }))),
        "delete" => call("DELETE", path, None),
        "export" => call("GET", &format!("{path}/export?format=markdown"), None),
        "choose" => call(
            "PUT",
            "/api/v1/choices",
            Some(&json!({ "org": "shop", "pattern_id": "7", "name": "seven" })),
        ),
        _ => call(
            "POST",
            "/query_logs",
            Some(&json!({
                "org": "shop", "dashboard": "d", "panel_title": "p", "metric_name": "m",
                "start_time": "2026-01-31T10:00:00Z", "end_time": "2026-01-31T10:10:00Z",
            })),
        ),
    }
}

fn lines(home: &Home, grafana: &Grafana, good: &Key, admin: &str) -> Vec<Line> {
    let bearer = |token: &str| vec![("authorization", format!("Bearer {token}"))];
    let id_token = |token: String| vec![("x-grafana-id", token)];
    let expired = home.run(&[
        "token",
        "create",
        "--org",
        "shop",
        "--role",
        "admin",
        "--name",
        "old",
        "--expires",
        "now+1s",
    ]);
    let revoked = home.token("shop", "admin");
    home.run(&["token", "revoke", revoked.split('_').nth(1).unwrap()]);
    let signed = |claims: Value| id_token(good.sign(&good.header(), &claims));
    let role = |role| signed(grafana.claims("1", Some(role)));
    let with = |name: &str, value: Value| {
        let mut claims = grafana.claims("1", Some("Admin"));
        claims[name] = value;
        signed(claims)
    };
    let header = |header: Value| id_token(good.sign(&header, &grafana.claims("1", Some("Admin"))));
    let unsigned = {
        use base64::Engine as _;
        let part = |value: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(&json!({ "alg": "none", "kid": "one" }));
        format!("{head}.{}.", part(&grafana.claims("1", Some("Admin"))))
    };
    let (wrong_key, unknown) = (Key::new("one"), Key::new("unknown"));
    let now = Timestamp::now().as_second();
    let mut altered = admin.to_owned();
    altered.replace_range(altered.len() - 4..altered.len() - 1, "___");
    vec![
        ("no identity", vec![], NOBODY),
        (
            "forged X-Grafana-Org-Id, -User, -Role",
            vec![
                ("x-grafana-org-id", "1".to_owned()),
                ("x-grafana-user", "admin".to_owned()),
                ("x-grafana-role", "Admin".to_owned()),
            ],
            NOBODY,
        ),
        (
            "basic credentials",
            vec![("authorization", "Basic c2VzYW1l".to_owned())],
            NOBODY,
        ),
        ("wrong token", bearer("kpt_000000000000_x"), WRONG),
        ("altered token", bearer(&altered), WRONG),
        ("no token at all", bearer("sesame"), WRONG),
        ("expired token", bearer(expired.trim()), WRONG),
        ("revoked token", bearer(&revoked), WRONG),
        ("viewer", bearer(&home.token("shop", "viewer")), VIEWER),
        ("editor", bearer(&home.token("shop", "editor")), EDITOR),
        ("admin", bearer(admin), ADMIN),
        ("other org's admin", bearer(&home.token("else", "admin")), STRANGER),
        (
            "viewer who claims to be admin",
            {
                let mut headers = bearer(&home.token("shop", "viewer"));
                headers.push(("x-grafana-role", "Admin".to_owned()));
                headers
            },
            VIEWER,
        ),
        ("shared secret", vec![("x-kulprit-secret", SECRET.to_owned())], EDITOR),
        (
            "wrong shared secret",
            vec![("x-kulprit-secret", format!("{SECRET}!"))],
            WRONG,
        ),
        ("grafana viewer", role("Viewer"), VIEWER),
        ("grafana editor", role("Editor"), EDITOR),
        ("grafana admin", role("Admin"), ADMIN),
        ("grafana without a role", signed(grafana.claims("1", None)), VIEWER),
        ("grafana, role none", role("None"), WRONG),
        (
            "grafana, other org",
            signed(grafana.claims("2", Some("Admin"))),
            STRANGER,
        ),
        (
            "grafana, org without a name here",
            signed(grafana.claims("3", Some("Admin"))),
            WRONG,
        ),
        ("grafana, audience as text", with("aud", json!("org:1")), ADMIN),
        (
            "grafana viewer through the proxy's secret",
            {
                let mut headers = role("Viewer");
                headers.push(("x-kulprit-secret", SECRET.to_owned()));
                headers
            },
            VIEWER,
        ),
        (
            "grafana without a role through the proxy's secret",
            {
                let mut headers = signed(grafana.claims("1", None));
                headers.push(("x-kulprit-secret", SECRET.to_owned()));
                headers
            },
            EDITOR,
        ),
        (
            "another org's user through the proxy's secret",
            {
                let mut headers = signed(grafana.claims("2", Some("Admin")));
                headers.push(("x-kulprit-secret", SECRET.to_owned()));
                headers
            },
            WRONG,
        ),
        ("forged: alg none", id_token(unsigned), WRONG),
        (
            "forged: alg HS256",
            header(json!({ "alg": "HS256", "kid": "one" })),
            WRONG,
        ),
        (
            "forged: critical extension",
            header(json!({ "alg": "ES256", "kid": "one", "crit": ["b64"] })),
            WRONG,
        ),
        ("forged: no key id", header(json!({ "alg": "ES256" })), WRONG),
        (
            "forged: wrong key",
            id_token(wrong_key.sign(&wrong_key.header(), &grafana.claims("1", Some("Admin")))),
            WRONG,
        ),
        (
            "forged: another key id",
            id_token(unknown.sign(&unknown.header(), &grafana.claims("1", Some("Admin")))),
            WRONG,
        ),
        ("forged: wrong audience", with("aud", json!("https://elsewhere")), WRONG),
        ("forged: two orgs", with("aud", json!(["org:1", "org:2"])), WRONG),
        ("forged: wrong issuer", with("iss", json!("http://elsewhere/")), WRONG),
        ("forged: expired", with("exp", json!(now - 120)), WRONG),
        ("forged: expiry as text", with("exp", json!("2099")), WRONG),
        ("forged: no expiry", with("exp", Value::Null), WRONG),
        ("forged: not valid yet", with("nbf", json!(now + 600)), WRONG),
        ("forged: no token", id_token("a.b.c".to_owned()), WRONG),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_gets_exactly_the_status_that_is_due() {
    let database = FIXTURE.database("access").await;
    let good = Key::new("one");
    let grafana = Grafana::start(&[&good]);
    let auth = format!(
        "[auth]\nmax_failure_delay_ms = 0\n[auth.grafana]\nurl = \"{}\"\norgs = {{ \"1\" = \"shop\", \"2\" = \"else\" }}\n\
         [[auth.shared_secrets]]\norg = \"shop\"\nrole = \"editor\"\nsecret = \"{SECRET}\"\n",
        grafana.url
    );
    let home = Home::over(&database.client, &auth);
    let admin = home.token("shop", "admin");
    let service = home.serve();
    let lines = lines(&home, &grafana, &good, &admin);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let mut wrong = Vec::new();
    let mut path = ours(&service, &admin);
    for (name, headers, statuses) in &lines {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        for (request, status) in REQUESTS.iter().zip(statuses) {
            let answer = send(&service, &path, request, &headers);
            if matches!(answer.status, 200 | 204) && matches!(*request, "transition" | "delete") {
                path = ours(&service, &admin);
            }
            if answer.status != *status {
                wrong.push(format!(
                    "{name}: {request}: {} and not {status}: {}",
                    answer.status, answer.text
                ));
            }
            assert_eq!(answer.headers.contains_key("www-authenticate"), answer.status == 401);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Made-up key ids did not make the service fetch the keys each time.
    assert!(grafana.fetched() <= 10, "{}", grafana.fetched());
}
