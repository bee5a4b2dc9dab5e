//! One request from start to end: find its route, check who asks, read what is asked, answer, count, log.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use jiff::Timestamp;
use kulprit_request::Asked;
use kulprit_request::asked::LONGEST_TEXT;
use percent_encoding::percent_decode_str;
use warp::Rejection;
use warp::filters::cors::CorsForbidden;
use warp::http::header::{ALLOW, CONNECTION};
use warp::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use warp::reply::Response;

use super::body::Parts;
use super::route::{Access, Answer, Body, Call, Reply, Route};
use super::{App, body, endpoints, failure};
use crate::auth::{Credentials, Identity, Orgs, Role};
use crate::{Error, Result};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The label of requests that no route takes: a stranger must not be able to make new labels.
const NO_ROUTE: &str = "other";

/// What is wrong with a `%` that begins no byte, and with bytes that are no text.
const NOT_ENCODED: &str = "give percent-encoded UTF-8: a percent sign itself is %25";

/// What came in, without its body.
pub struct Request {
    pub method: Method,
    pub path: String,
    /// As it was sent, without the question mark.
    pub query: String,
    pub headers: HeaderMap,
    pub address: Option<SocketAddr>,
    /// Who asks, where a caller in this process has proof of that; then no header is looked at for it.
    pub identity: Option<Identity>,
    /// Whether the statements behind the answer are wanted, too.
    pub with_sql: bool,
}

/// A path that is known: its methods, and what stands in its places.
struct Found {
    routes: &'static [Route],
    places: Vec<(String, String)>,
}

/// Answers a request, whatever happens.
pub async fn answer(app: Arc<App>, request: Request, parts: Parts) -> Response {
    let began = Instant::now();
    let id = request_id();
    let found = find(&request.path);
    let routes = found.as_ref().map_or(&[][..], |found| found.routes);
    let label = routes.first().map_or(NO_ROUTE, |route| route.path);
    let mut body_is_read = false;
    let outcome = match found {
        Some(found) => called(&app, &request, found, parts, &mut body_is_read).await,
        None => Err(no_such_path()),
    };
    let is_head = request.method == Method::HEAD;
    let is_page = routes.iter().any(|route| matches!(route.answer, Answer::Page));
    let tell = if is_page { failure::page } else { failure::reply };
    let mut response = settle(&app, outcome, tell, &id, (&request.method, label), began, is_head);
    if response.status() == StatusCode::METHOD_NOT_ALLOWED
        && let Ok(allow) = HeaderValue::from_str(&allow(routes))
    {
        response.headers_mut().insert(ALLOW, allow);
    }
    if !body_is_read && response.status().is_client_error() {
        // Nobody has read the body, so the connection ends here, and its client is told so: it must not send its next request into a
        // connection that is being closed.
        response
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// The answer to what CORS turned away.
pub fn refuse(app: &App, rejection: &Rejection) -> Response {
    let error = match rejection.find::<CorsForbidden>() {
        Some(forbidden) => Error::Forbidden(format!("{forbidden}: see server.allowed_origins")),
        None => no_such_path(),
    };
    settle(
        app,
        Err(error),
        failure::reply,
        &request_id(),
        (&Method::OPTIONS, NO_ROUTE),
        Instant::now(),
        false,
    )
}

fn no_such_path() -> Error {
    Error::NotFound(
        "there is no such path: the report is /, the API /query_logs, /health, /ready, /metrics and /api/v1/…"
            .to_owned(),
    )
}

/// Counts, logs and writes an outcome; `tell` writes an error.
fn settle(
    app: &App,
    outcome: Result<Reply>,
    tell: fn(&Error, &str) -> Reply,
    id: &str,
    (method, label): (&Method, &'static str),
    began: Instant,
    is_head: bool,
) -> Response {
    let reply = match &outcome {
        Ok(reply) => reply.clone(),
        Err(error) => tell(error, id),
    };
    let took = began.elapsed();
    app.metrics.response(label, reply.status, took);
    let milliseconds = took.as_secs_f64() * 1e3;
    match &outcome {
        Ok(_) => tracing::info!(id, %method, path = label, status = reply.status, ms = milliseconds, "request"),
        Err(error) => {
            if error.is_of_clickhouse() {
                app.metrics.clickhouse_error(error.name());
            }
            if reply.status >= 500 {
                tracing::error!(id, %method, path = label, status = reply.status, ms = milliseconds, code = error.code(), %error, "request");
            } else {
                tracing::info!(id, %method, path = label, status = reply.status, ms = milliseconds, %error, "request");
            }
        }
    }
    let mut response = reply.with(REQUEST_ID, id).response();
    if is_head {
        *response.body_mut() = Bytes::new().into();
    }
    response
}

async fn called(
    app: &Arc<App>,
    request: &Request,
    found: Found,
    parts: Parts,
    body_is_read: &mut bool,
) -> Result<Reply> {
    if request.method == Method::OPTIONS {
        return Ok(Reply::no_content().with(ALLOW, allow(found.routes)));
    }
    // HEAD is GET without the body.
    let method = if request.method == Method::HEAD {
        &Method::GET
    } else {
        &request.method
    };
    let Some(route) = found.routes.iter().find(|route| route.method == *method) else {
        return Err(Error::MethodNotAllowed(format!(
            "this path takes {} only",
            allow(found.routes)
        )));
    };
    // Credentials come first: who may not call learns nothing else.
    app.hosts.check(&request.headers)?;
    let identity = match route.access {
        Access::Open => stranger(),
        Access::Read | Access::Write => match &request.identity {
            Some(proven) => proven.clone(),
            None => identify(app, &request.headers, request.address).await?,
        },
    };
    if !matches!(route.body, Body::None) {
        body::check_encoding(&request.headers)?;
        if route.access == Access::Write {
            body::check_type(&request.headers)?;
        }
    }
    let mut bytes = Bytes::new();
    let asked = match route.body {
        Body::None => query(route, &request.query)?,
        Body::Fields(known) => {
            query(route, &request.query)?;
            bytes = body::read(parts, super::route::BODY_LIMIT).await?;
            *body_is_read = true;
            let asked = Asked::body(&bytes).map_err(|error| body::form_type(&request.headers).unwrap_or(error))?;
            asked.only(known)?;
            asked
        }
        Body::Bytes(limit, _) | Body::Foreign(limit, _) => {
            bytes = body::read(parts, limit).await?;
            *body_is_read = true;
            query(route, &request.query)?
        }
    };
    let call = Call {
        app: app.clone(),
        path: route.path,
        identity,
        places: decoded(found.places)?,
        asked,
        headers: request.headers.clone(),
        body: bytes,
        now: Timestamp::now(),
        with_sql: request.with_sql,
    };
    (route.handler)(call).await
}

/// The methods of a path, as the `Allow` header lists them.
fn allow(routes: &[Route]) -> String {
    let methods = routes.iter().map(|route| route.method.as_str());
    methods.chain(["OPTIONS"]).collect::<Vec<_>>().join(", ")
}

/// The values of the query string. Errors: it cannot be decoded, or names what the route does not know.
fn query(route: &Route, text: &str) -> Result<Asked> {
    for pair in text.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        // Blanks may be written as `+` there, which changes nothing about what can be decoded.
        if percent_decoded(name).is_none() {
            return Err(Error::Unreadable(NOT_ENCODED.to_owned()));
        }
        if percent_decoded(value).is_none() {
            return Err(Error::field(percent_decoded(name).unwrap_or_default(), NOT_ENCODED));
        }
    }
    let pairs =
        form_urlencoded::parse(text.as_bytes()).map(|(name, value)| (name.into_owned(), value.trim().to_owned()));
    let asked = Asked::query(pairs);
    asked.only(route.parameters)?;
    Ok(asked)
}

/// Percent-decoded (RFC 3986), as text that is not blank.
fn decoded(places: Vec<(String, String)>) -> Result<Vec<(String, String)>> {
    let decode = |(name, text): (String, String)| {
        let value =
            percent_decoded(&text).filter(|value| !value.trim().is_empty() && value.chars().count() <= LONGEST_TEXT);
        let value = value.ok_or_else(|| {
            let message = format!("give percent-encoded UTF-8 of at most {LONGEST_TEXT} characters");
            Error::field(name.as_str(), message)
        })?;
        Ok((name, value))
    };
    places.into_iter().map(decode).collect()
}

/// The text that `text` stands for; none where a `%` has no two digits behind it, or what comes out is no UTF-8.
fn percent_decoded(text: &str) -> Option<String> {
    let mut after_percent = text.split('%').skip(1);
    let is_whole = after_percent.all(|rest| rest.len() >= 2 && rest.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit));
    let decoded = percent_decode_str(text).decode_utf8().ok();
    decoded.filter(|_| is_whole).map(Cow::into_owned)
}

fn find(path: &str) -> Option<Found> {
    static ROUTER: LazyLock<matchit::Router<&'static [Route]>> = LazyLock::new(|| {
        let mut router = matchit::Router::new();
        for routes in endpoints::ALL.iter() {
            // A test holds that no two of them contradict each other.
            let _ = router.insert(routes[0].path, *routes);
        }
        router
    });
    let matched = ROUTER.at(path).ok()?;
    Some(Found {
        routes: matched.value,
        places: matched
            .params
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    })
}

/// Who asks, where the service is called by a name of its own. Errors: as of [`Hosts::check`](super::hosts::Hosts::check) and of the gate.
pub async fn let_in(app: &App, headers: &HeaderMap, address: Option<SocketAddr>) -> Result<Identity> {
    app.hosts.check(headers)?;
    identify(app, headers, address).await
}

async fn identify(app: &App, headers: &HeaderMap, address: Option<SocketAddr>) -> Result<Identity> {
    // Lossy: a header that is not ASCII is a wrong credential, not a broken request.
    let text = |name: &str| {
        let value = headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let shown = Credentials {
        authorization: text("authorization"),
        grafana_id: text("x-grafana-id"),
        secret: text("x-kulprit-secret"),
    };
    let address = caller(&app.config.server.trusted_proxies, address, headers);
    app.gate.identify(&shown, address).await
}

/// The address that a request comes from: that of the connection, or where a trusted proxy is at its other end, the last one in
/// `X-Forwarded-For` that is no such proxy. Anybody can write what stands before it.
fn caller(proxies: &[IpAddr], peer: Option<SocketAddr>, headers: &HeaderMap) -> IpAddr {
    // Without a socket there is no address; such requests share one.
    let peer = peer.map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.ip());
    let forwarded = headers.get_all("x-forwarded-for").iter();
    let forwarded = forwarded
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let named: Vec<Option<IpAddr>> = forwarded.map(|name| name.trim().parse().ok()).collect();
    let mut address = peer;
    for before in named.into_iter().rev() {
        match before {
            Some(before) if proxies.contains(&address) => address = before,
            _ => break,
        }
    }
    address
}

/// Whoever calls a route that is open to everybody.
fn stranger() -> Identity {
    Identity {
        who: "anybody".to_owned(),
        role: Role::Viewer,
        orgs: Orgs::All { home: None },
        via: "none",
    }
}

/// Differs between requests and between runs.
pub fn request_id() -> String {
    static RUN: LazyLock<i64> = LazyLock::new(|| Timestamp::now().as_millisecond());
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{:x}-{}", *RUN, NEXT.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_found_by_its_path_and_by_no_other() {
        for routes in endpoints::ALL.iter() {
            let path = routes[0].path;
            assert!(routes.iter().all(|route| route.path == path), "{path}");
            let address = path
                .replace("{*name}", "a/b")
                .replace("{name}", "a")
                .replace("{id}", "a");
            assert_eq!(find(&address).unwrap().routes[0].path, path, "{address}");
        }
        assert!(find("/x").is_none() && find("/query_logs/x").is_none() && find("*").is_none());
    }

    #[test]
    fn an_address_is_taken_from_a_header_only_where_a_trusted_proxy_wrote_it() {
        let proxy = IpAddr::from([10, 0, 0, 1]);
        let headers = HeaderMap::from_iter([(
            HeaderName::from_static("x-forwarded-for"),
            "6.6.6.6, 192.0.2.7, 10.0.0.1".parse().unwrap(),
        )]);
        let from = |peer: IpAddr| caller(&[proxy], Some(SocketAddr::new(peer, 1)), &headers);
        assert_eq!(from(proxy), IpAddr::from([192, 0, 2, 7]));
        assert_eq!(from(IpAddr::from([192, 0, 2, 9])), IpAddr::from([192, 0, 2, 9]));
    }

    #[test]
    fn places_are_percent_decoded_or_refused() {
        let text = |place: &str| {
            decoded(vec![("name".to_owned(), place.to_owned())])
                .ok()
                .map(|mut all| all.remove(0).1)
        };
        assert_eq!(text("shop%2Fcart%20%C3%A9").as_deref(), Some("shop/cart é"));
        for refused in ["%", "%2", "%zz", "%+1", "%ff", "%20", ""] {
            assert_eq!(text(refused), None, "{refused:?}");
        }
    }
}
