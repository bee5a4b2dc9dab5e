//! The keys that Grafana signs with, fetched from it and kept.
//!
//! Nobody waits for a fetch but who shows a key id that is not known: known keys are used while they are fetched anew. A fetch runs once for
//! all, and not oftener than every few seconds, so that made-up ids cannot make Kulprit call Grafana at will.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use kulprit_engine::trusted_tls;
use serde::Deserialize;

use super::jws::PublicKey;
use crate::{Error, Result};

/// Between two fetches, whatever is asked for.
const PAUSE: Duration = Duration::from_secs(5);
/// After this the keys are fetched anew even when the id is known, so that a withdrawn key stops working.
const FRESH: Duration = Duration::from_secs(600);
/// For so long the keys are used while Grafana does not answer.
const STALE: Duration = Duration::from_secs(24 * 3_600);
const TIMEOUT: Duration = Duration::from_secs(5);
const LARGEST: u64 = 256 * 1024;

type Fetch = Shared<BoxFuture<'static, ()>>;

/// The keys behind one address.
pub(super) struct Jwks {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    keys: HashMap<String, PublicKey>,
    fetched: Option<Instant>,
    tried: Option<Instant>,
    has_failed: bool,
    running: Option<Fetch>,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(default)]
    crv: String,
    #[serde(default)]
    kid: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
}

impl Jwks {
    pub fn new(url: String) -> Self {
        Self {
            url,
            state: Arc::default(),
        }
    }

    /// The key of that id; none where Grafana publishes none. Errors with 503: Grafana cannot be asked, so that nobody can tell.
    pub async fn key(&self, id: &str) -> Result<Option<PublicKey>> {
        let fetch = {
            let mut state = lock(&self.state);
            let known = state.known(id);
            let is_wanted = known.is_none() || age(state.fetched) > FRESH;
            if is_wanted && state.running.is_none() && age(state.tried) > PAUSE {
                state.tried = Some(Instant::now());
                state.running = Some(self.begin_fetch());
            }
            match (known, &state.running) {
                (Some(key), _) => return Ok(Some(key)),
                (None, Some(running)) => running.clone(),
                (None, None) if state.has_failed => return Err(away()),
                (None, None) => return Ok(None),
            }
        };
        fetch.await;
        let state = lock(&self.state);
        match state.known(id) {
            None if state.has_failed => Err(away()),
            known => Ok(known),
        }
    }

    /// Begins a fetch that goes on whoever waits for it.
    fn begin_fetch(&self) -> Fetch {
        let (url, state) = (self.url.clone(), self.state.clone());
        let task = tokio::spawn(async move {
            let fetched = tokio::task::spawn_blocking({
                let url = url.clone();
                move || fetch(&url)
            });
            let fetched = fetched.await.map_err(anyhow::Error::from).and_then(|fetched| fetched);
            let mut state = lock(&state);
            state.running = None;
            state.has_failed = fetched.is_err();
            match fetched {
                Ok(keys) => {
                    state.keys = keys;
                    state.fetched = Some(Instant::now());
                }
                Err(error) => tracing::warn!(
                    url,
                    error = format!("{error:#}"),
                    "the signing keys of Grafana cannot be fetched"
                ),
            }
        });
        task.map(|_| ()).boxed().shared()
    }
}

impl State {
    fn known(&self, id: &str) -> Option<PublicKey> {
        (age(self.fetched) <= STALE)
            .then(|| self.keys.get(id).copied())
            .flatten()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn age(at: Option<Instant>) -> Duration {
    at.map_or(Duration::MAX, |at| at.elapsed())
}

fn away() -> Error {
    Error::Unavailable(
        "the signing keys of Grafana cannot be fetched (auth.grafana.url): try again in a few seconds".to_owned(),
    )
}

/// Blocks.
fn fetch(url: &str) -> anyhow::Result<HashMap<String, PublicKey>> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .tls_config(trusted_tls(None)?)
        .timeout_global(Some(TIMEOUT))
        // A key that another host vouches for is not Grafana's.
        .max_redirects(0)
        .build()
        .into();
    let mut response = agent.get(url).call()?;
    // A redirect that is not followed is no error to the client, and its body no keys.
    ensure!(response.status() == 200, "the answer has status {}", response.status());
    let body = response.body_mut().with_config().limit(LARGEST).read_to_vec()?;
    let document: Document = serde_json::from_slice(&body).context("the answer is no set of keys")?;
    Ok(document.keys.iter().filter_map(Jwk::point).collect())
}

impl Jwk {
    /// Id and point of a key of the one kind that is used; others are passed over.
    fn point(&self) -> Option<(String, PublicKey)> {
        if self.kty != "EC" || self.crv != "P-256" || self.kid.is_empty() {
            return None;
        }
        let mut point = [0; 65];
        point[0] = 4;
        for (at, coordinate) in [(1, &self.x), (33, &self.y)] {
            let bytes = URL_SAFE_NO_PAD.decode(coordinate).ok()?;
            if bytes.len() != 32 {
                return None;
            }
            point[at..at + 32].copy_from_slice(&bytes);
        }
        Some((self.kid.clone(), point))
    }
}
