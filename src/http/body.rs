//! Reads the body of a request, no more of it than is allowed.

use std::time::Duration;

use bytes::{Buf, BufMut as _, Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use warp::http::HeaderMap;
use warp::http::header::CONTENT_TYPE;
use warp::{Filter, Rejection};

use crate::{Error, Result};
use kulprit_request::fields::Fields;

/// The largest body that is read.
pub const LIMIT: u64 = 1 << 20;
/// How much of a larger body is taken in and thrown away, so that the client reads the answer rather than a broken connection.
const SWALLOWED: u64 = 64 << 20;
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// The fields of a JSON body, or why there are none.
///
/// Whatever the content type says, JSON is read as JSON (older panels send text/plain, curl sends a form's type). Only where the
/// body is no JSON and the type is a form's, that type is what is wrong.
pub fn fields() -> impl Filter<Extract = (Result<Fields>,), Error = Rejection> + Clone {
    warp::header::headers_cloned()
        .and(warp::body::stream())
        .then(|headers: HeaderMap, body| async move {
            let body = read(body, LIMIT).await?;
            Fields::parse(&body).map_err(|error| form_type(&headers).unwrap_or(error))
        })
}

/// The body as it came, up to `limit` bytes of it.
pub fn bytes(limit: u64) -> impl Filter<Extract = (Result<Bytes>,), Error = Rejection> + Clone {
    warp::body::stream().then(move |body| async move { Ok(read(body, limit).await?.freeze()) })
}

async fn read(body: impl Stream<Item = Result<impl Buf, warp::Error>>, limit: u64) -> Result<BytesMut> {
    let arrived = tokio::time::timeout(PATIENCE, collect(body, limit)).await;
    arrived.unwrap_or_else(|_| {
        Err(Error::Unreadable(format!(
            "the body did not arrive within {} s",
            PATIENCE.as_secs()
        )))
    })
}

async fn collect(body: impl Stream<Item = Result<impl Buf, warp::Error>>, limit: u64) -> Result<BytesMut> {
    let mut body = std::pin::pin!(body);
    let mut whole = BytesMut::new();
    let mut length = 0;
    while let Some(part) = body.next().await {
        let part = part.map_err(|_| Error::Unreadable("the body broke off".to_owned()))?;
        length += part.remaining() as u64;
        if length > SWALLOWED {
            break;
        }
        if length <= limit {
            whole.put(part);
        } else {
            whole = BytesMut::new();
        }
    }
    if length > limit {
        return Err(Error::TooLarge { limit });
    }
    Ok(whole)
}

fn form_type(headers: &HeaderMap) -> Option<Error> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?.trim().to_ascii_lowercase();
    let is_form = kind.starts_with("multipart/") || kind.starts_with("application/x-www-form-urlencoded");
    is_form.then(|| {
        Error::UnsupportedMediaType(
            "the body is a form: send a JSON object with `Content-Type: application/json`".to_owned(),
        )
    })
}
