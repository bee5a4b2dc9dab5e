//! Resources: the routes of the HTTP API, called without a socket.

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::http::response::Parts;
use hyper::http::{HeaderMap, HeaderName, HeaderValue, Method};

use warp::reply::Response;

use super::context::identity;
use super::instances::Instances;
use super::messages::{ResourceRequest, ResourceResponse, Texts};
use crate::http::{answering, body, failure};
use crate::{Error, Result};

/// Headers that mean something to a route. All others, such as cookies and claims of who asks, stay behind.
const HEADERS: [&str; 4] = ["content-type", "content-encoding", "if-match", "idempotency-key"];
/// The largest part of an answer that is sent at once.
const PART: usize = 1 << 20;

/// Answers a call, in parts.
pub async fn call(instances: &Instances, request: ResourceRequest) -> Vec<ResourceResponse> {
    let reply = match answered(instances, request).await {
        Ok(response) => response,
        Err(error) => failure::reply(&error, &answering::request_id()).response(),
    };
    let (head, body) = whole(reply).await;
    let mut headers = std::collections::HashMap::<String, Texts>::new();
    for (name, value) in &head.headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        headers.entry(name.as_str().to_owned()).or_default().values.push(value);
    }
    let first = ResourceResponse {
        status: head.status.as_u16().into(),
        headers,
        body: Bytes::new(),
    };
    in_parts(first, body)
}

/// An answer of a route. Its body is there already, and cannot break off.
pub async fn whole(reply: Response) -> (Parts, Bytes) {
    let (head, body) = reply.into_parts();
    (
        head,
        body.collect().await.map(|body| body.to_bytes()).unwrap_or_default(),
    )
}

async fn answered(instances: &Instances, request: ResourceRequest) -> Result<Response> {
    let context = request.context.unwrap_or_default();
    let instance = instances.of(&context).await.map_err(|absent| absent.error())?;
    let (path, query) = target(&request.url, &request.path);
    let request_line = answering::Request {
        method: Method::from_bytes(request.method.as_bytes())
            .map_err(|_| Error::MethodNotAllowed(format!("there is no method {:?}", request.method)))?,
        path,
        query,
        headers: headers(&request.headers),
        address: None,
        identity: Some(identity(&context)),
        with_sql: false,
    };
    let body = body::whole(request.body.into());
    Ok(answering::answer(instance.app.clone(), request_line, body).await)
}

/// The path and the query string of a route. The address tells how they were encoded; where there is none, the decoded path is encoded.
fn target(url: &str, path: &str) -> (String, String) {
    let (sent, query) = url.split_once('?').unwrap_or((url, ""));
    let query = query.split('#').next().unwrap_or_default();
    let sent = match sent.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => sent,
    };
    let path = match sent.trim_start_matches('/') {
        "" => {
            let places = path.trim_start_matches('/').split('/');
            let encoded =
                places.map(|place| percent_encoding::utf8_percent_encode(place, percent_encoding::NON_ALPHANUMERIC));
            encoded.map(|place| place.to_string()).collect::<Vec<_>>().join("/")
        }
        sent => sent.to_owned(),
    };
    (format!("/{path}"), query.to_owned())
}

fn headers(sent: &std::collections::HashMap<String, Texts>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, texts) in sent {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
            continue;
        };
        if !HEADERS.contains(&name.as_str()) {
            continue;
        }
        for value in texts.values.iter().filter_map(|text| HeaderValue::from_str(text).ok()) {
            headers.append(name.clone(), value);
        }
    }
    headers
}

fn in_parts(first: ResourceResponse, mut body: Bytes) -> Vec<ResourceResponse> {
    let mut parts = vec![ResourceResponse {
        body: body.split_to(body.len().min(PART)),
        ..first
    }];
    while !body.is_empty() {
        parts.push(ResourceResponse {
            body: body.split_to(body.len().min(PART)),
            ..ResourceResponse::default()
        });
    }
    parts
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_called_as_it_was_sent() {
        let sent = |url: &str, path: &str| target(url, path);
        let of = |path: &str, query: &str| (path.to_owned(), query.to_owned());
        assert_eq!(
            sent("api/v1/services?from=1&to=2", "api/v1/services"),
            of("/api/v1/services", "from=1&to=2")
        );
        assert_eq!(
            sent("/api/v1/services/shop%2Fcart", "api/v1/services/shop/cart"),
            of("/api/v1/services/shop%2Fcart", "")
        );
        assert_eq!(
            sent("http://grafana/openapi.json?a=b#c", ""),
            of("/openapi.json", "a=b")
        );
        assert_eq!(sent("", "api/v1/traces/a b"), of("/api/v1/traces/a%20b", ""));
    }

    #[test]
    fn claims_of_who_asks_stay_behind() {
        let names = [
            "Content-Type",
            "If-Match",
            "Authorization",
            "X-Grafana-Id",
            "X-Grafana-Org-Id",
            "X-Kulprit-Secret",
            "X-Forwarded-For",
            "Cookie",
            "Host",
        ];
        let value = Texts {
            values: vec!["x".to_owned()],
        };
        let sent = names.map(|name| (name.to_owned(), value.clone())).into();
        let mut kept: Vec<String> = headers(&sent).keys().map(|name| name.to_string()).collect();
        kept.sort();
        assert_eq!(kept, ["content-type", "if-match"]);
    }

    #[test]
    fn a_large_answer_comes_in_parts_and_only_the_first_has_a_head() {
        let first = ResourceResponse {
            status: 200,
            ..ResourceResponse::default()
        };
        let body: Bytes = (0..2 * PART + 3)
            .map(|index| (index % 251) as u8)
            .collect::<Vec<_>>()
            .into();
        let parts = in_parts(first.clone(), body.clone());
        assert_eq!(parts.iter().map(|part| part.status).collect::<Vec<_>>(), [200, 0, 0]);
        assert_eq!(
            parts.iter().flat_map(|part| part.body.to_vec()).collect::<Vec<_>>(),
            body
        );
        assert_eq!(in_parts(first.clone(), Bytes::new()), [first]);
    }
}
