//! `kulprit mcp`: a real child process that an assistant speaks to, on its standard input and output and over HTTP.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use kulprit::config::Config;
use kulprit::demo::load;
use kulprit::demo::plan::Plan;
use kulprit::http::{App, routes};
use kulprit_clickhouse::placeholders;
use kulprit_incidents::Incidents;
use kulprit_testing::http::{Answer, Http};
use kulprit_testing::{Api, Database, Process, Signal};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::FIXTURE;

const TOOLS: [&str; 7] = [
    "what_changed",
    "services",
    "slo",
    "root_cause",
    "error_patterns",
    "traces",
    "incidents",
];

fn plan() -> Plan {
    Plan::new(11, "2026-02-03T14:25:36Z".parse().unwrap(), 30, 5.0)
}

fn window() -> Value {
    let window = plan().incident_window();
    json!({"from": window.from.to_string(), "to": window.to.to_string()})
}

fn with(mut arguments: Value, more: Value) -> Value {
    let more = more.as_object().unwrap().clone();
    arguments.as_object_mut().unwrap().extend(more);
    arguments
}

/// The shop's history, and a configuration file for programs that read it.
async fn shop(name: &str, more: &str) -> (Database, TempDir, PathBuf) {
    let database = FIXTURE.database(name).await;
    load::load(&database.client, &plan(), |_| {}).await.unwrap();
    let files = TempDir::new().unwrap();
    let at = database.client.endpoint();
    let config = format!(
        "[clickhouse]\nurl = {:?}\nuser = {:?}\npassword = {:?}\ndatabase = {:?}\n[incidents]\npath = {:?}\n{more}",
        at.url,
        at.user,
        at.password,
        at.database,
        files.path().join("incidents.db")
    );
    let path = files.path().join("config.toml");
    std::fs::write(&path, config).unwrap();
    (database, files, path)
}

fn command(config: &Path, arguments: &[&str]) -> Command {
    let mut command = FIXTURE.command(&["mcp", "--config", config.to_str().unwrap()]);
    command.args(arguments).env_remove("KULPRIT_ORG");
    command.env("KULPRIT_DATA", config.parent().unwrap());
    command
}

/// A program that speaks the protocol on its standard input and output. Dropping it kills it.
struct Assistant {
    child: Child,
    out: BufReader<ChildStdout>,
    requests: u64,
}

impl Assistant {
    fn start(mut command: Command) -> Self {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut this = Self {
            child,
            out,
            requests: 0,
        };
        let begun = this.ask(
            "initialize",
            json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}),
        );
        assert_eq!(begun["result"]["serverInfo"]["name"], "kulprit", "{begun}");
        assert_eq!(begun["result"]["protocolVersion"], "2025-06-18", "{begun}");
        this.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string());
        this
    }

    fn say(&mut self, line: &str) {
        let mut input = self.child.stdin.as_ref().unwrap();
        input.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// The next line of its output, which must be a message of the protocol.
    fn message(&mut self) -> Value {
        let mut line = String::new();
        assert_ne!(self.out.read_line(&mut line).unwrap(), 0, "it ended");
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        message
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.requests += 1;
        self.say(&json!({"jsonrpc": "2.0", "id": self.requests, "method": method, "params": parameters}).to_string());
        let answer = self.message();
        assert_eq!(answer["id"], self.requests, "{answer}");
        answer
    }

    fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let answer = self.ask("tools/call", json!({"name": tool, "arguments": arguments}));
        answer["result"].clone()
    }

    /// What the tool answers, when all is well.
    fn answer(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], false, "{tool}: {result}");
        let answer = result["structuredContent"].clone();
        let text = result["content"][0]["text"].as_str().unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(text).unwrap(),
            answer,
            "for programs that read text"
        );
        answer
    }

    /// Ends the input; nothing more may come out, and the end is a good one.
    fn end(mut self) {
        drop(self.child.stdin.take());
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Assistant {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn get(api: &Api, path: &str) -> Value {
    route(api, "GET", path, None).await
}

async fn route(api: &Api, method: &str, path: &str, body: Option<Value>) -> Value {
    let request = warp::test::request().method(method).path(path);
    let request = match &body {
        Some(body) => request.json(body),
        None => request,
    };
    let response = request.reply(api).await;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    assert_eq!(response.status(), 200, "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn each_tool_answers_what_its_route_answers_and_the_sql_behind_it() {
    let (database, _files, config) = shop("mcp_tools", "").await;
    let opened = FIXTURE
        .command(&["incidents", "open", "--config", config.to_str().unwrap()])
        .args(["--title", "checkout fails", "--severity", "high"])
        .args(["--from", "2026-02-03T14:15:00Z", "--to", "2026-02-03T14:25:00Z"])
        .output()
        .unwrap();
    assert!(opened.status.success(), "{}", String::from_utf8_lossy(&opened.stderr));
    let mut own = Config::read(&config).unwrap();
    own.orgs.clear();
    let incidents = Incidents::open(&own.incidents_path().unwrap()).unwrap();
    let localhost = IpAddr::from([127, 0, 0, 1]);
    let api = routes(App::on(localhost, database.client.clone(), own, Some(incidents)).unwrap());

    let mut assistant = Assistant::start(command(&config, &["--log-level", "trace"]));
    let listed = assistant.ask("tools/list", json!({}));
    let tools = listed["result"]["tools"].as_array().unwrap();
    let names: Vec<&str> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, TOOLS);
    for tool in tools {
        assert!(tool["description"].as_str().unwrap().len() > 80, "{tool}");
        assert_eq!(tool["annotations"]["readOnlyHint"], true, "{tool}");
        assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
        for (name, parameter) in tool["inputSchema"]["properties"].as_object().unwrap() {
            assert!(parameter["description"].is_string(), "{name} of {tool}");
        }
    }

    let incident = assistant.answer("incidents", json!({"q": "checkout"}))["incidents"][0]["id"].clone();
    let incident = incident.as_str().unwrap();
    let trace = assistant.answer("traces", with(window(), json!({"failed": true, "limit": 1})));
    let trace = trace["traces"][0]["trace_id"].as_str().unwrap().to_owned();
    let (from, to) = (window()["from"].clone(), window()["to"].clone());
    let (from, to) = (from.as_str().unwrap(), to.as_str().unwrap());
    let between = format!("from={from}&to={to}");
    let hover = json!({
        "org": "1", "dashboard": "none", "panel_title": "none", "metric_name": "none",
        "start_time": from, "end_time": to, "limit": 3, "services": ["payment", "checkout"], "differences": true,
    });
    let routes = [
        (
            "what_changed",
            with(
                window(),
                json!({"limit": 3, "services": ["payment", "checkout"], "differences": true}),
            ),
            route(&api, "POST", "/query_logs", Some(hover)).await,
        ),
        (
            "services",
            with(window(), json!({"services": ["payment", "cart"]})),
            get(
                &api,
                &format!("/api/v1/services?{between}&service=payment&service=cart"),
            )
            .await,
        ),
        (
            "slo",
            json!({"at": to}),
            get(&api, &format!("/api/v1/slo?at={to}")).await,
        ),
        (
            "root_cause",
            window(),
            route(&api, "POST", "/api/v1/correlate", Some(window())).await,
        ),
        (
            "error_patterns",
            with(window(), json!({"limit": 2})),
            get(&api, &format!("/api/v1/patterns?{between}&limit=2")).await,
        ),
        (
            "traces",
            json!({"id": trace}),
            get(&api, &format!("/api/v1/traces/{trace}")).await,
        ),
        ("incidents", json!({}), get(&api, "/api/v1/incidents").await),
        (
            "incidents",
            json!({"id": incident}),
            get(&api, &format!("/api/v1/incidents/{incident}")).await,
        ),
    ];
    for (tool, arguments, expected) in routes {
        let how = if tool == "incidents" {
            json!({})
        } else {
            json!({"sql": "text"})
        };
        let mut answer = assistant.answer(tool, with(arguments.clone(), how));
        let sql = answer.as_object_mut().unwrap().remove("sql").unwrap();
        assert_eq!(answer, expected, "{tool}");
        let sql = sql.as_array().unwrap();
        assert_eq!(sql.is_empty(), tool == "incidents", "{tool}");
        for statement in sql {
            let given: Vec<&str> = statement["params"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["name"].as_str().unwrap())
                .collect();
            for needed in placeholders(statement["text"].as_str().unwrap()) {
                assert!(
                    given.contains(&needed.name.as_str()),
                    "{tool}: {} in {statement}",
                    needed.name
                );
            }
        }
        if tool != "incidents" {
            let short = assistant.answer(tool, arguments.clone());
            let short = short["sql"].as_array().unwrap();
            assert!(
                !short.is_empty()
                    && short
                        .iter()
                        .all(|statement| statement["name"].is_string() && statement.get("text").is_none()),
                "{tool}"
            );
            let none = assistant.answer(tool, with(arguments, json!({"sql": "none"})));
            assert_eq!(none, expected, "{tool}");
        }
    }
    let blamed = assistant.answer("root_cause", window());
    assert_eq!(blamed["root_cause"]["service"], "payment", "{blamed}");
    assistant.end();
}

#[tokio::test]
async fn a_wrong_argument_is_named_with_how_to_mend_it_and_the_next_call_is_answered() {
    let (_database, _files, config) = shop("mcp_wrong", "[server]\nmax_requests = 1\n").await;
    let mut assistant = Assistant::start(command(&config, &[]));
    for (tool, arguments, says) in [
        ("what_changed", json!({}), "from: is missing: Start of the window"),
        (
            "what_changed",
            json!({"from": "yesterday"}),
            "from: \"yesterday\" is not a time: give RFC 3339",
        ),
        (
            "what_changed",
            json!({"from": "now-1h", "to": "later"}),
            "to: \"later\" is not a time",
        ),
        ("what_changed", json!({"from": "now", "to": "now-1h"}), "to: "),
        (
            "what_changed",
            json!({"from": "now-1h", "limit": "ten"}),
            "limit: invalid type: string \"ten\", expected a whole number",
        ),
        (
            "what_changed",
            json!({"from": "now-1h", "limit": 500}),
            "limit: must be a whole number from 1 to 100",
        ),
        (
            "what_changed",
            json!({"from": "now-1h", "baseline": "tomorrow"}),
            "baseline: ",
        ),
        (
            "services",
            json!({"form": "now-1h"}),
            "form: is not known here: give baseline, from, org",
        ),
        (
            "services",
            json!({"services": ["cart", 1]}),
            "services[1]: invalid type: integer `1`, expected a string: Only these",
        ),
        ("services", json!({"source": "guess"}), "source: "),
        (
            "services",
            json!({"sql": "all"}),
            "sql: unknown variant `all`, expected one of `names`, `text`, `none`",
        ),
        (
            "slo",
            json!({"at": 5}),
            "at: invalid type: integer `5`, expected a string: The minute",
        ),
        ("root_cause", json!({"from": "now-1h", "history": "1y"}), "history: "),
        (
            "root_cause",
            json!({"from": "now-30d", "to": "now"}),
            "to: the window is longer than 7 days",
        ),
        ("error_patterns", json!({"limit": 0}), "limit: "),
        ("traces", json!({"id": " "}), "id: is empty"),
        ("traces", json!({"id": "../services"}), "leave `id` out to list some"),
        ("traces", json!({"sort": "longest"}), "sort: "),
        ("incidents", json!({"id": "none"}), "there is no incident \"none\""),
        ("incidents", json!({"state": "broken"}), "state: "),
    ] {
        let result = assistant.call(tool, arguments.clone());
        assert_eq!(result["isError"], true, "{tool} {arguments}: {result}");
        let said = result["structuredContent"]["message"].as_str().unwrap();
        assert!(said.contains(says), "{tool} {arguments}: {said}");
    }
    let unknown = assistant.ask("tools/call", json!({"name": "delete_everything", "arguments": {}}));
    assert_eq!(unknown["error"]["code"], -32602, "{unknown}");
    assert!(
        unknown["error"]["message"].as_str().unwrap().contains("tools/list"),
        "{unknown}"
    );

    // What is no message at all does not end it.
    assistant.say("what is going on?");
    let listed = assistant.ask_past_noise("tools/list");
    assert_eq!(listed["result"]["tools"].as_array().map(Vec::len), Some(TOOLS.len()));
    // The limits are the API's: of two root causes at a time, one is told to come back.
    let asked = [window(), with(window(), json!({"service": "payment"}))];
    for (id, arguments) in asked.iter().enumerate() {
        let call = json!({"name": "root_cause", "arguments": arguments});
        assistant.say(
            &json!({"jsonrpc": "2.0", "id": format!("at once {id}"), "method": "tools/call", "params": call})
                .to_string(),
        );
    }
    let mut told = [assistant.message(), assistant.message()].map(|message| message["result"].clone());
    told.sort_by_key(|result| result["isError"] == true);
    assert_eq!(told[0]["isError"], false, "{told:?}");
    assert_eq!(told[1]["structuredContent"]["code"], 429, "{told:?}");
    let answer = assistant.answer("services", window());
    assert!(
        answer["services"].as_array().is_some_and(|rows| rows.len() > 3),
        "{answer}"
    );
    assistant.end();
}

impl Assistant {
    /// Asks where a message of the program's own may come before the answer.
    fn ask_past_noise(&mut self, method: &str) -> Value {
        self.requests += 1;
        self.say(&json!({"jsonrpc": "2.0", "id": self.requests, "method": method, "params": {}}).to_string());
        loop {
            let message = self.message();
            if message["id"] == self.requests {
                return message;
            }
        }
    }
}

#[test]
fn without_clickhouse_the_tools_are_there_and_say_what_is_missing() {
    let files = TempDir::new().unwrap();
    let config = files.path().join("config.toml");
    std::fs::write(&config, "[clickhouse]\nurl = \"http://127.0.0.1:1\"\n").unwrap();
    let mut assistant = Assistant::start(command(&config, &[]));
    assert_eq!(
        assistant.ask("tools/list", json!({}))["result"]["tools"]
            .as_array()
            .map(Vec::len),
        Some(TOOLS.len())
    );
    let result = assistant.call("services", json!({}));
    assert_eq!(
        (&result["isError"], &result["structuredContent"]["code"]),
        (&json!(true), &json!(503)),
        "{result}"
    );
    assert!(
        result["structuredContent"]["message"]
            .as_str()
            .unwrap()
            .contains("kulprit doctor"),
        "{result}"
    );
    assistant.end();

    // A signal ends it as well, though nobody ends the input.
    let assistant = Assistant::start(command(&config, &[]));
    kulprit_testing::kill(assistant.child.id(), Signal::SIGTERM);
    let mut assistant = assistant;
    assert!(assistant.child.wait().unwrap().success());
}

/// A server of the tools over HTTP.
struct OverHttp {
    _process: Process,
    url: String,
    http: Http,
}

impl OverHttp {
    fn start(config: &Path) -> Self {
        let mut process = Process::start(command(config, &["--http", "--port", "0"]));
        let url = process.announced("listening on ");
        assert!(url.ends_with("/mcp"), "{url}");
        Self {
            _process: process,
            url,
            http: Http::default(),
        }
    }

    fn send(&self, headers: &[(&str, &str)], body: &Value) -> Answer {
        let protocol = [
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
            ("mcp-protocol-version", "2025-06-18"),
        ];
        let headers = [&protocol, headers].concat();
        self.http
            .send("POST", &self.url, &headers, Some(&body.to_string()))
            .unwrap()
    }

    fn call(&self, headers: &[(&str, &str)], tool: &str, arguments: Value) -> Value {
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}});
        let answer = self.send(headers, &call);
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["result"].clone()
    }
}

const LIST: &str = r#"{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}"#;

#[tokio::test]
async fn over_http_nobody_sees_anything_without_credentials_nor_what_is_another_orgs() {
    let orgs = "[[orgs]]\nname = \"shop\"\nservices = [\"cart\", \"catalog\"]\n[[orgs]]\nname = \"pay\"\nservices = [\"payment\"]\n\
        [auth]\n[[auth.shared_secrets]]\norg = \"shop\"\nrole = \"viewer\"\nsecret = \"the secret of the shop's org\"\n\
        [[auth.shared_secrets]]\norg = \"pay\"\nrole = \"viewer\"\nsecret = \"the secret of payment's org\"\n";
    let (_database, _files, config) = shop("mcp_http", orgs).await;
    let server = OverHttp::start(&config);
    let list: Value = serde_json::from_str(LIST).unwrap();
    let stranger = server.send(&[], &list);
    assert_eq!(stranger.status, 401, "{}", stranger.text);
    assert!(stranger.headers.contains_key("www-authenticate"));
    assert!(stranger.text.contains("X-Kulprit-Secret"), "{}", stranger.text);
    assert_eq!(
        server
            .send(&[("x-kulprit-secret", "a guess of somebody else")], &list)
            .status,
        403
    );

    let shop = [("x-kulprit-secret", "the secret of the shop's org")];
    let pay = [("x-kulprit-secret", "the secret of payment's org")];
    let initialize = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
    }});
    let begun = server.send(&shop, &initialize);
    assert_eq!(
        begun.json()["result"]["serverInfo"]["name"],
        "kulprit",
        "{}",
        begun.text
    );
    assert_eq!(
        server.send(&shop, &list).json()["result"]["tools"]
            .as_array()
            .map(Vec::len),
        Some(TOOLS.len())
    );

    let services = |headers: &[(&str, &str)]| {
        let answer = server.call(headers, "services", window());
        let rows = answer["structuredContent"]["services"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| row["service"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let mut own = services(&shop);
    own.sort();
    assert_eq!(own, ["cart", "catalog"]);
    assert_eq!(services(&pay), ["payment"]);
    for (tool, arguments) in [
        ("services", with(window(), json!({"org": "pay"}))),
        ("services", with(window(), json!({"services": ["payment"]}))),
        ("what_changed", with(window(), json!({"org": "pay"}))),
        ("what_changed", with(window(), json!({"services": ["payment"]}))),
        ("slo", json!({"services": ["payment"]})),
        ("error_patterns", with(window(), json!({"services": ["payment"]}))),
    ] {
        let result = server.call(&shop, tool, arguments);
        assert_eq!(
            (&result["isError"], &result["structuredContent"]["code"]),
            (&json!(true), &json!(403)),
            "{tool}: {result}"
        );
    }
    let blamed = server.call(&shop, "root_cause", with(window(), json!({"sql": "none"})))["structuredContent"].clone();
    assert!(!blamed.to_string().contains("payment"), "{blamed}");
    let blamed = server.call(&pay, "root_cause", window())["structuredContent"].clone();
    assert_eq!(blamed["suspects"][0]["service"], "payment", "{blamed}");

    let get = server.http.send("GET", &server.url, &shop, None).unwrap();
    assert_eq!(get.status, 405, "{}", get.text);
    let elsewhere = server
        .http
        .send("POST", &server.url.replace("/mcp", "/query_logs"), &shop, Some("{}"))
        .unwrap();
    assert_eq!(elsewhere.status, 404, "{}", elsewhere.text);
    let large = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"cursor": "x".repeat(2 << 20)}});
    assert_eq!(server.send(&shop, &large).status, 413);
}

#[test]
fn without_credentials_no_page_elsewhere_reaches_the_tools() {
    let files = TempDir::new().unwrap();
    let config = files.path().join("config.toml");
    std::fs::write(&config, "[clickhouse]\nurl = \"http://127.0.0.1:1\"\n").unwrap();
    let server = OverHttp::start(&config);
    let list: Value = serde_json::from_str(LIST).unwrap();
    assert_eq!(server.send(&[], &list).status, 200);
    assert_eq!(server.send(&[("host", "rebound.example.com")], &list).status, 403);
    assert_eq!(
        server
            .send(&[("origin", "https://elsewhere.example.com")], &list)
            .status,
        403
    );
}
