//! The contract of the API as an OpenAPI document, made from the routes and from the types that they answer with: it cannot say anything else
//! than what the service does.

use std::sync::LazyLock;

use kulprit_request::{Known, ValueKind};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::endpoints;
use super::route::{Access, Answer, Body, Route};

/// The document, OpenAPI 3.1, as JSON.
pub static DOCUMENT: LazyLock<String> = LazyLock::new(|| format!("{:#}\n", document()));

const DESCRIPTION: &str = "Which log patterns changed, how services do, and the service to blame. Times are RFC 3339 in answers and may be \
    epoch seconds, milliseconds or now-1h in requests. 64-bit ids travel as strings. Every list that people may chart is a flat array of objects.";

fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut schemas = settings.into_generator();
    let mut paths = Map::new();
    for routes in endpoints::ALL {
        let mut item = Map::new();
        for route in *routes {
            item.insert(route.method.as_str().to_lowercase(), operation(route, &mut schemas));
        }
        // OpenAPI has no place for a rest of a path.
        paths.insert(routes[0].path.replace("{*", "{"), Value::Object(item));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Kulprit",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "security": [{ "bearer": [] }, { "grafana": [] }, { "secret": [] }, {}],
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "responses": { "Error": error_response(), "ErrorPage": error_page() },
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "description": "server.token, or a token of `kulprit token create`" },
                "grafana": { "type": "apiKey", "in": "header", "name": "X-Grafana-Id", "description": "Grafana's ID token" },
                "secret": { "type": "apiKey", "in": "header", "name": "X-Kulprit-Secret", "description": "auth.shared_secrets" },
            },
        },
    })
}

fn operation(route: &Route, schemas: &mut SchemaGenerator) -> Value {
    let places = places(route.path)
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let parameters = route.parameters.iter().map(|known| {
        json!({ "name": known.name, "in": "query", "required": known.is_needed, "description": known.meaning, "schema": { "type": "string" } })
    });
    let parameters: Vec<Value> = places.chain(parameters).collect();
    let mut operation = json!({
        "operationId": route.operation,
        "summary": route.summary,
        "parameters": parameters,
        "responses": responses(route, schemas),
    });
    if route.access == Access::Open {
        operation["security"] = json!([]);
    }
    let body = match route.body {
        Body::None => None,
        Body::Fields(fields) | Body::Bytes(_, fields) => Some(fields_schema(fields)),
        Body::Foreign(_, form) => Some(json!(form(schemas))),
    };
    if let Some(schema) = body {
        operation["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": schema } },
        });
    }
    operation
}

fn places(path: &str) -> impl Iterator<Item = &str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .map(|name| name.trim_start_matches('*'))
}

/// A JSON object with these fields and no others; without a list, any object.
fn fields_schema(fields: &[Known]) -> Value {
    if fields.is_empty() {
        return json!({ "type": "object" });
    }
    let properties: Map<String, Value> = fields
        .iter()
        .map(|known| (known.name.to_owned(), value_schema(known)))
        .collect();
    let needed: Vec<&str> = fields
        .iter()
        .filter(|known| known.is_needed)
        .map(|known| known.name)
        .collect();
    json!({ "type": "object", "properties": properties, "required": needed, "additionalProperties": false })
}

fn value_schema(known: &Known) -> Value {
    let mut schema = match known.kind {
        ValueKind::Text => json!({ "type": "string" }),
        ValueKind::Number => json!({ "type": "integer" }),
        ValueKind::Flag => json!({ "type": "boolean" }),
        ValueKind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        ValueKind::Pairs => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
    };
    schema["description"] = json!(known.meaning);
    schema
}

fn responses(route: &Route, schemas: &mut SchemaGenerator) -> Value {
    let json_of = |schema: schemars::Schema| json!({ "description": "the answer", "content": { "application/json": { "schema": schema } } });
    let (status, response) = match route.answer {
        Answer::Json(form) => (200, json_of(form(schemas))),
        Answer::Created(form) => (201, json_of(form(schemas))),
        Answer::Text(kind) => (
            200,
            json!({ "description": "the answer", "content": { kind: { "schema": { "type": "string" } } } }),
        ),
        Answer::Page => (
            200,
            json!({ "description": "the page", "content": { "text/html": { "schema": { "type": "string" } } } }),
        ),
        Answer::Nothing => (204, json!({ "description": "done" })),
    };
    let mut responses = Map::from_iter([(status.to_string(), response)]);
    for status in errors(route) {
        let error = match route.answer {
            Answer::Page => "#/components/responses/ErrorPage",
            _ => "#/components/responses/Error",
        };
        responses.insert(status.to_string(), json!({ "$ref": error }));
    }
    Value::Object(responses)
}

/// What a route may answer when all is not well: what follows from how it is called, and what it says itself.
fn errors(route: &Route) -> Vec<u16> {
    // An unknown parameter, another name of the service, another method.
    let mut errors = vec![400, 403, 405];
    if route.access != Access::Open {
        errors.extend([401, 429, 503]);
    }
    if !matches!(route.body, Body::None) {
        errors.extend([413, 415]);
    }
    if places(route.path).next().is_some() {
        errors.push(404);
    }
    errors.extend(route.errors);
    errors.sort_unstable();
    errors.dedup();
    errors
}

fn error_page() -> Value {
    json!({
        "description": "what is wrong, and how to mend it, as a page",
        "content": { "text/html": { "schema": { "type": "string" } } },
    })
}

fn error_response() -> Value {
    json!({
        "description": "what is wrong, and how to mend it",
        "content": { "application/json": { "schema": {
            "type": "object",
            "properties": {
                "error": { "type": "string", "description": "a short name" },
                "message": { "type": "string", "description": "what is wrong and how to mend it" },
                "code": { "type": "integer", "description": "the status" },
                "request_id": { "type": "string", "description": "as in the log of kulprit" },
            },
            "required": ["error", "message", "code"],
        } } },
    })
}
