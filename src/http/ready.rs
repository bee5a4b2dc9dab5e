//! `GET /ready`: ClickHouse answers and holds what answers are made of.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::errors::Failure;
use super::{App, no_other_method, reply, with};
use kulprit_clickhouse::schema;

/// Whoever probes does not wait long.
const PATIENCE: Duration = Duration::from_secs(3);

pub fn route(app: &Arc<App>) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let get = warp::get().and(with(app)).then(ready);
    warp::path!("ready").and(get.or(no_other_method("GET, OPTIONS")).unify())
}

async fn ready(app: Arc<App>) -> Response {
    let client = app.analyzer().client().with_timeout(PATIENCE);
    // Not among the limited requests: a busy service is ready all the same.
    let missing = match schema::missing_tables(app.config.schema(), &client).await {
        Ok(missing) => missing,
        Err(error) => return Failure::new(error, &app.metrics).response(),
    };
    // A user who may only read has no tables of Kulprit's, and is answered from the log table alone.
    let is_needed = |table: &String| !app.reads_only() || *table == app.config.logs.table;
    if missing.iter().any(is_needed) {
        let body = json!({
            "error": "not ready",
            "message": format!("clickhouse lacks {}: run `kulprit schema apply`, or `kulprit doctor`", missing.join(", ")),
            "code": 503,
            "missing": missing,
        });
        return reply::json_with(&body, 503);
    }
    reply::json(&json!({ "status": "ready", "reads_only": app.reads_only(), "missing": missing }))
}
