//! Who may call. One filter, [`authorized`], stands before every guarded route.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use warp::{Filter, Rejection};

use super::App;
use super::errors::Denied;
use crate::{Error, Result};

/// The bearer token that callers must show, if any. Only its hash is kept.
pub struct Guard {
    token: Option<[u8; 32]>,
}

impl Guard {
    pub fn new(token: Option<&str>) -> Self {
        Self { token: token.map(hash) }
    }

    /// Checks the value of an `Authorization` header. A wrong token is answered with 403, not 401: Grafana's data source proxy
    /// turns an upstream 401 into 400, which would hide the reason.
    fn check(&self, authorization: Option<&str>) -> Result<()> {
        let Some(token) = self.token else { return Ok(()) };
        let shown = authorization.and_then(bearer).ok_or_else(|| {
            Error::Unauthorized("no bearer token: send the header `Authorization: Bearer <server.token>`".to_owned())
        })?;
        // Comparing hashes tells a guesser nothing about the token, however long the comparison takes.
        if hash(shown) == token {
            Ok(())
        } else {
            Err(Error::Forbidden(
                "the bearer token is not the one of this server".to_owned(),
            ))
        }
    }
}

/// Lets a request pass that may. Preflight requests never come here: CORS answers them.
pub fn authorized(app: &Arc<App>) -> impl Filter<Extract = (), Error = Rejection> + Clone + use<> {
    let app = app.clone();
    // Not as text: a header that is not ASCII is a wrong token, not a broken request.
    warp::header::headers_cloned()
        .and_then(move |headers: warp::http::HeaderMap| {
            let value = headers.get(warp::http::header::AUTHORIZATION);
            let shown = value.map(|value| String::from_utf8_lossy(value.as_bytes()));
            let checked = app.guard.check(shown.as_deref());
            async move { checked.map_err(|error| warp::reject::custom(Denied(error))) }
        })
        .untuple_one()
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
