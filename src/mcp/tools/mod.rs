//! The tools: one file each, with the type of its arguments and the question that they make.

mod error_patterns;
mod incidents;
mod root_cause;
mod services;
mod slo;
mod traces;
mod what_changed;

use std::sync::{Arc, LazyLock};

use http_body_util::BodyExt as _;
use hyper::http::{HeaderMap, Method, StatusCode};
use rmcp::model::{CallToolResult, ContentBlock, JsonObject, Tool, ToolAnnotations};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::auth::{Identity, Orgs};
use crate::http::route::Sql;
use crate::http::{App, answering, body, failure};
use crate::{Error, Result};

/// A question to a route.
pub struct Question {
    method: Method,
    path: String,
    query: String,
    body: Value,
    /// Fields that the route calls otherwise than the tool: the route's name, then the tool's.
    renamed: &'static [(&'static str, &'static str)],
    sql: WithSql,
}

/// How much is told of the statements behind an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WithSql {
    /// Their names and parameters
    #[default]
    Names,
    /// Their texts as well, as they were sent; a root cause's are long
    Text,
    /// Nothing
    None,
}

/// The arguments of a tool.
pub trait Arguments: DeserializeOwned + JsonSchema {
    /// The question that they make; `org` is that of whoever asks.
    fn question(self, org: &str) -> Result<Question>;
}

/// A tool as data.
pub struct Listed {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    schema: fn() -> JsonObject,
    read: fn(JsonObject, &str) -> Result<Question>,
}

const ALL: [Listed; 7] = [
    what_changed::TOOL,
    services::TOOL,
    slo::TOOL,
    root_cause::TOOL,
    error_patterns::TOOL,
    traces::TOOL,
    incidents::TOOL,
];

/// The tools as an assistant sees them.
pub fn listed() -> Vec<Tool> {
    static TOOLS: LazyLock<Vec<Tool>> = LazyLock::new(|| ALL.iter().map(Listed::tool).collect());
    TOOLS.clone()
}

pub fn find(name: &str) -> Option<&'static Listed> {
    static TOOLS: [Listed; 7] = ALL;
    TOOLS.iter().find(|tool| tool.name == name)
}

impl Listed {
    const fn of<T: Arguments>(name: &'static str, title: &'static str, description: &'static str) -> Self {
        Self {
            name,
            title,
            description,
            schema: schema::<T>,
            read: read::<T>,
        }
    }

    fn tool(&self) -> Tool {
        // What it reads is the operator's own telemetry, and it changes nothing.
        let hints = ToolAnnotations::with_title(self.title)
            .read_only(true)
            .open_world(false);
        Tool::new(self.name, self.description, (self.schema)())
            .with_title(self.title)
            .with_annotations(hints)
    }

    /// Answers a call: what the route answers, and `sql`.
    pub async fn call(&self, app: Arc<App>, identity: Identity, arguments: JsonObject) -> CallToolResult {
        let org = match &identity.orgs {
            Orgs::Only(org) | Orgs::All { home: Some(org) } => org,
            Orgs::All { home: None } => &app.config.incidents.org,
        };
        match (self.read)(arguments, org) {
            Ok(question) => ask(app, identity, question).await,
            Err(error) => refused(&error, &[]),
        }
    }
}

/// The result that tells an assistant what is wrong, so that it can mend it.
pub fn refused(error: &Error, renamed: &[(&str, &str)]) -> CallToolResult {
    let reply = failure::reply(error, &answering::request_id());
    failed(&reply.body, renamed)
}

fn failed(body: &[u8], renamed: &[(&str, &str)]) -> CallToolResult {
    let mut said: Value = serde_json::from_slice(body).unwrap_or_default();
    let mut message = said["message"]
        .as_str()
        .unwrap_or("the answer cannot be read")
        .to_owned();
    for (theirs, ours) in renamed {
        message = message.replace(theirs, ours);
    }
    said["message"] = json!(message);
    CallToolResult::structured_error(said)
}

async fn ask(app: Arc<App>, identity: Identity, question: Question) -> CallToolResult {
    let request = answering::Request {
        method: question.method,
        path: question.path,
        query: question.query,
        headers: HeaderMap::new(),
        address: None,
        identity: Some(identity),
        with_sql: question.sql != WithSql::None,
    };
    let response = answering::answer(app, request, body::whole(question.body.to_string().into())).await;
    let (head, body) = response.into_parts();
    // It is there already, and cannot break off.
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    if head.status != StatusCode::OK {
        return failed(&body, question.renamed);
    }
    let Ok(Value::Object(mut answer)) = serde_json::from_slice(&body) else {
        return refused(&Error::internal("a route answered what is no JSON object"), &[]);
    };
    if question.sql != WithSql::None {
        let statements = head.extensions.get::<Sql>().cloned().unwrap_or_default();
        answer.insert("sql".to_owned(), shown(&statements, question.sql));
    }
    let answer = Value::Object(answer);
    let mut result = CallToolResult::success(vec![ContentBlock::text(answer.to_string())]);
    result.structured_content = Some(answer);
    result
}

fn shown(statements: &Sql, how: WithSql) -> Value {
    let mut shown = json!(statements.0);
    for statement in shown
        .as_array_mut()
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        if how == WithSql::Names {
            statement.remove("text");
        }
    }
    shown
}

/// GET `path` with the arguments as its query string.
fn get(path: impl Into<String>, arguments: &impl Serialize, sql: WithSql) -> Result<Question> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let Value::Object(arguments) = json!(arguments) else {
        return Err(Error::internal("the arguments of a tool are no object"));
    };
    for (name, value) in arguments {
        for value in match value {
            Value::Array(values) => values,
            value => vec![value],
        } {
            match value {
                Value::Null => {}
                Value::String(text) => drop(query.append_pair(&name, &text)),
                other => drop(query.append_pair(&name, &other.to_string())),
            }
        }
    }
    Ok(Question {
        method: Method::GET,
        path: path.into(),
        query: query.finish(),
        body: Value::Null,
        renamed: &[],
        sql,
    })
}

/// POST `body` to `path`.
fn post(path: &str, body: Value, sql: WithSql) -> Question {
    Question {
        method: Method::POST,
        path: path.to_owned(),
        query: String::new(),
        body,
        renamed: &[],
        sql,
    }
}

/// The JSON schema of a tool's arguments.
fn schema<T: JsonSchema>() -> JsonObject {
    // Small enough to be read without looking anything up.
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    match Value::from(settings.into_generator().into_root_schema_for::<T>()) {
        Value::Object(schema) => schema,
        _ => JsonObject::new(),
    }
}

/// Errors with the argument that is wrong, and what it means.
fn read<T: Arguments>(arguments: JsonObject, org: &str) -> Result<Question> {
    let read = serde_path_to_error::deserialize(Value::Object(arguments));
    let read: T =
        read.map_err(|error| wrong_argument(&schema::<T>(), &error.path().to_string(), &error.inner().to_string()))?;
    read.question(org)
}

/// What `message` says of the argument at `path`, with what the schema says of it.
fn wrong_argument(schema: &JsonObject, path: &str, message: &str) -> Error {
    let none = JsonObject::new();
    let known = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
    let quoted = |start: &str| message.strip_prefix(start).and_then(|rest| rest.split('`').next());
    if let Some(name) = quoted("unknown field `") {
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        return Error::field(name, format!("is not known here: give {}", names.join(", ")));
    }
    let (name, message) = match quoted("missing field `") {
        Some(name) => (name, "is missing".to_owned()),
        None => (path, message.replace("u32", "a whole number")),
    };
    let meaning = known.get(name.split(['.', '[']).next().unwrap_or_default());
    match meaning.and_then(|known| known["description"].as_str()) {
        Some(meaning) => Error::field(name, format!("{message}: {meaning}")),
        None => Error::field("arguments", message),
    }
}
