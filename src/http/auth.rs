//! Who calls. One filter, [`authorized`], stands before every guarded route; what proves whom is decided in `auth`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use warp::http::HeaderMap;
use warp::{Filter, Rejection};

use super::App;
use super::errors::Denied;
use crate::auth::{Credentials, Identity};

/// The identity behind a request that has one. Preflight requests never come here: CORS answers them.
pub fn authorized(app: &Arc<App>) -> impl Filter<Extract = (Identity,), Error = Rejection> + Clone + use<> {
    let app = app.clone();
    warp::header::headers_cloned().and(warp::addr::remote()).and_then(
        move |headers: HeaderMap, address: Option<SocketAddr>| {
            let gate = app.gate.clone();
            async move {
                // Without a socket there is no address; such requests share one.
                let address = address.map_or(IpAddr::from([0, 0, 0, 0]), |address| address.ip());
                let identified = gate.identify(&credentials(&headers), address).await;
                identified.map_err(|error| warp::reject::custom(Denied(error)))
            }
        },
    )
}

fn credentials(headers: &HeaderMap) -> Credentials {
    // Lossy: a header that is not ASCII is a wrong credential, not a broken request.
    let text = |name: &str| {
        let value = headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    Credentials {
        authorization: text("authorization"),
        grafana_id: text("x-grafana-id"),
        secret: text("x-kulprit-secret"),
    }
}
