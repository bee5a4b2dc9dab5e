//! Which origins a browser may call from.

use anyhow::{Result, bail};
use warp::filters::cors::Cors;
use warp::http::Uri;

/// What a browser may send: besides the two that the panel needs, what Grafana's front end adds to its requests.
const HEADERS: &[&str] = &[
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "traceparent",
    "x-dashboard-uid",
    "x-datasource-uid",
    "x-grafana-device-id",
    "x-grafana-id",
    "x-grafana-org-id",
    "x-panel-id",
    "x-panel-plugin-id",
    "x-plugin-id",
    "x-query-group-id",
    "x-requested-with",
];
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];
/// How long a browser may remember the answer to a preflight request, in seconds.
const REMEMBERED: u32 = 600;

/// The rules for `origins`: `*` is any, none means no browser from elsewhere. Errors: one that is no origin.
pub fn build(origins: &[String]) -> Result<Cors> {
    let cors = warp::cors()
        .allow_methods(METHODS.iter().copied())
        .allow_headers(HEADERS.iter().copied())
        .expose_headers(["etag", "idempotency-replayed", "location", "retry-after"])
        .max_age(REMEMBERED);
    if origins.iter().any(|origin| origin == "*") {
        return Ok(cors.allow_any_origin().build());
    }
    for origin in origins {
        if !is_origin(origin) {
            bail!(
                "server.allowed_origins: {origin:?} is no origin: give scheme and host, such as https://grafana.example.com, or \"*\""
            );
        }
    }
    Ok(cors.allow_origins(origins.iter().map(String::as_str)).build())
}

/// `https://host` or `http://host:port`, without a path. Checked here because warp panics on what is none.
fn is_origin(text: &str) -> bool {
    let Some((scheme @ ("http" | "https"), host)) = text.split_once("://") else {
        return false;
    };
    let is_written_like_a_host =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | ':' | '[' | ']');
    let parsed = format!("{scheme}://{host}/").parse::<Uri>();
    host.chars().all(is_written_like_a_host) && parsed.is_ok_and(|uri| has_host_and_port(&uri, host))
}

/// A host, and a port in range if there is a colon after it.
fn has_host_and_port(uri: &Uri, written: &str) -> bool {
    match uri.host() {
        None | Some("") => false,
        Some(host) => written == host || uri.port_u16().is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_are_taken_and_none_of_them_panics() {
        for (origin, taken) in [
            ("*", true),
            ("https://grafana.example.com", true),
            ("http://localhost:3000", true),
            ("http://[::1]:3000", true),
            ("https://grafana.example.com/", false),
            ("grafana.example.com", false),
            ("ftp://example.com", false),
            ("https://", false),
            ("https://a b", false),
            ("https://a:b:c", false),
            ("https://a:99999", false),
            ("https://a:", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(build(&[origin.to_owned()]).is_ok(), taken, "{origin:?}");
        }
        assert!(build(&[]).is_ok());
    }
}
