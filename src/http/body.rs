//! Reads the body of a request, no more of it than is allowed.

use std::time::Duration;

use bytes::{Buf, BufMut as _, Bytes, BytesMut};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _};
use warp::http::HeaderMap;
use warp::http::header::{CONTENT_ENCODING, CONTENT_TYPE};

use crate::{Error, Result};

/// How much of a larger body is taken in and thrown away, so that the client reads the answer rather than a broken connection.
const DISCARDED: u64 = 64 << 20;
/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A body as it arrives; an error stands for a connection that broke.
pub type Parts = BoxStream<'static, Result<Bytes, ()>>;

/// The body of a request of warp's.
pub fn boxed<B: Buf>(parts: impl Stream<Item = Result<B, warp::Error>> + Send + 'static) -> Parts {
    let whole = |mut part: B| part.copy_to_bytes(part.remaining());
    parts.map(move |part| part.map(whole).map_err(|_| ())).boxed()
}

/// A body that is there already.
pub fn whole(body: Bytes) -> Parts {
    futures_util::stream::iter([Ok(body)]).boxed()
}

/// The body, up to `limit` bytes of it.
pub async fn read(parts: Parts, limit: u64) -> Result<Bytes> {
    let arrived = tokio::time::timeout(BODY_TIMEOUT, collect(parts, limit)).await;
    arrived.unwrap_or_else(|_| {
        Err(Error::Unreadable(format!(
            "the body did not arrive within {} s",
            BODY_TIMEOUT.as_secs()
        )))
    })
}

async fn collect(mut parts: Parts, limit: u64) -> Result<Bytes> {
    let mut whole = BytesMut::new();
    let mut length = 0;
    while let Some(part) = parts.next().await {
        let part = part.map_err(|()| Error::Unreadable("the body broke off".to_owned()))?;
        length += part.len() as u64;
        if length > DISCARDED {
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
    Ok(whole.freeze())
}

/// Errors for a body that was compressed: what is read of it is bounded as it comes in, not as it would come out.
pub fn check_encoding(headers: &HeaderMap) -> Result<()> {
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    match encodings.all(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        true => Ok(()),
        false => Err(Error::UnsupportedMediaType(
            "the body is compressed: send it without `Content-Encoding`".to_owned(),
        )),
    }
}

/// Errors for a body that is to change something and is not said to be JSON.
pub fn check_type(headers: &HeaderMap) -> Result<()> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Error::UnsupportedMediaType(
        "what changes something is sent with `Content-Type: application/json`".to_owned(),
    ))
}

/// What is wrong with a body that is no JSON, where its content type is a form's. Whatever the content type says, JSON is read as JSON:
/// older panels send text/plain, curl sends a form's type.
pub fn form_type(headers: &HeaderMap) -> Option<Error> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?.trim().to_ascii_lowercase();
    let is_form = kind.starts_with("multipart/") || kind.starts_with("application/x-www-form-urlencoded");
    is_form.then(|| {
        Error::UnsupportedMediaType(
            "the body is a form: send a JSON object with `Content-Type: application/json`".to_owned(),
        )
    })
}
