//! `GET /ready`: ClickHouse answers and holds what answers are made of.

use std::time::Duration;

use kulprit_clickhouse::schema;
use serde_json::json;
use warp::http::Method;

use crate::Result;
use crate::http::route::{Access, Answer, Body, Call, Reply, Route, any_object};

/// Whoever probes does not wait long.
const TIMEOUT: Duration = Duration::from_secs(3);

pub const ROUTES: &[Route] = &[Route {
    method: Method::GET,
    path: "/ready",
    operation: "ready",
    summary: "ClickHouse answers and holds what answers are made of",
    access: Access::Open,
    parameters: &[],
    body: Body::None,
    answer: Answer::Json(any_object),
    errors: &[503],
    handler: |call| Box::pin(ready(call)),
}];

async fn ready(call: Call) -> Result<Reply> {
    let app = call.app();
    // Not among the limited requests: a busy service is ready all the same.
    let client = app.analyzer().client().with_timeout(TIMEOUT);
    let missing = schema::missing_tables(app.config.schema(), &client).await?;
    // A user who may only read has no tables of Kulprit's, and is answered from the log table alone.
    let is_needed = |table: &String| !app.reads_only() || *table == app.config.logs.table;
    if missing.iter().any(is_needed) {
        let message = format!(
            "clickhouse lacks {}: run `kulprit schema apply`, or `kulprit doctor`",
            missing.join(", ")
        );
        return Reply::json_with(
            503,
            &json!({ "error": "not ready", "message": message, "code": 503, "missing": missing }),
        );
    }
    Reply::json(&json!({ "status": "ready", "reads_only": app.reads_only(), "missing": missing }))
}
