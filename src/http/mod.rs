//! The HTTP API: one file per endpoint, and the parts that they share.
//!
//! Handlers hold no logic: they read the request, ask the rooms that know, and answer. They never reject; what they refuse is a
//! [`errors::Failure`], which is the only place that turns an [`crate::Error`] into a response. Rejections are left to the router
//! (unknown path, wrong method, no credentials).

pub mod app;
pub mod auth;
pub mod body;
pub mod coalesce;
pub mod correlate;
pub mod cors;
pub mod error_patterns;
pub mod errors;
pub mod health;
pub mod incidents;
pub mod mappings;
pub mod metrics;
pub mod openapi;
pub mod path_segment;
pub mod query_logs;
pub mod reach;
pub mod ready;
pub mod reply;
pub mod server;
pub mod services;
pub mod slo;
pub mod sql;
pub mod topology;
pub mod traces;
pub mod upkeep;

use std::convert::Infallible;
use std::sync::Arc;

use warp::http::header::ALLOW;
use warp::http::{HeaderValue, Method};
use warp::reply::Response;
use warp::{Filter, Rejection};

pub use app::App;

/// Every route of the service, with CORS, credentials, errors and metrics.
pub fn routes(app: Arc<App>) -> impl Filter<Extract = (impl warp::Reply,), Error = Infallible> + Clone + Send + Sync {
    let open = health::route()
        .or(ready::route(&app))
        .unify()
        .or(metrics::route(&app))
        .unify()
        .or(openapi::route())
        .unify();
    let guarded = query_logs::route(&app)
        .or(correlate::route(&app))
        .unify()
        .or(mappings::route(&app))
        .unify()
        .or(sql::route(&app))
        .unify()
        .or(services::route(&app))
        .unify()
        .or(error_patterns::route(&app))
        .unify()
        .or(slo::route(&app))
        .unify()
        .or(topology::route(&app))
        .unify()
        .or(traces::route(&app))
        .unify()
        .or(incidents::routes(&app))
        .unify();
    let refuse = {
        let app = app.clone();
        move |rejection| {
            let app = app.clone();
            async move { Ok::<Response, Infallible>(errors::refuse(&app, &rejection)) }
        }
    };
    open.or(guarded)
        .unify()
        // Inside, so that errors carry the CORS headers too; outside, for what CORS itself refuses.
        .recover(refuse.clone())
        .unify()
        .with(app.cors.clone())
        .recover(refuse)
        .with(metrics::record(&app))
}

/// The same application for a handler.
fn with(app: &Arc<App>) -> impl Filter<Extract = (Arc<App>,), Error = Infallible> + Clone + use<> {
    let app = app.clone();
    warp::any().map(move || app.clone())
}

/// Ends the routes of a path: tells OPTIONS which methods there are, and any other method that it is not one of them. (A preflight
/// request does not come here: CORS answers it.)
fn no_other_method(allow: &'static str) -> impl Filter<Extract = (Response,), Error = Rejection> + Copy {
    warp::method().and_then(move |method| async move {
        if method == Method::OPTIONS {
            let mut response = reply::no_content();
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
            return Ok(response);
        }
        Err(warp::reject::custom(errors::OtherMethod { allow }))
    })
}
