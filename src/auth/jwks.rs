//! The keys that Grafana signs with, fetched from it and kept. A key id that is not known fetches them anew, but not oftener than
//! every few seconds: who sends made-up ids must not be able to make us call Grafana at will.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::jws::PublicKey;
use kulprit_engine::trusted_tls;

/// Between two fetches, whatever is asked for.
const PAUSE: Duration = Duration::from_secs(5);
/// After this the keys are fetched anew even when the id is known, so that a withdrawn key stops working.
const FRESH: Duration = Duration::from_secs(600);
/// For so long the keys are used while Grafana does not answer.
const STALE: Duration = Duration::from_secs(24 * 3_600);
const TIMEOUT: Duration = Duration::from_secs(5);
const LARGEST: u64 = 256 * 1024;

/// The keys behind one address.
pub(super) struct Jwks {
    url: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    keys: HashMap<String, PublicKey>,
    fetched: Option<Instant>,
    tried: Option<Instant>,
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
            state: Mutex::default(),
        }
    }

    /// The key of that id. Those who ask while the keys are being fetched wait for the one fetch.
    pub async fn key(&self, id: &str) -> Option<PublicKey> {
        let mut state = self.state.lock().await;
        let age = |at: Option<Instant>| at.map_or(Duration::MAX, |at| at.elapsed());
        let is_wanted = !state.keys.contains_key(id) || age(state.fetched) > FRESH;
        if is_wanted && age(state.tried) > PAUSE {
            state.tried = Some(Instant::now());
            match self.fetch().await {
                Ok(keys) => {
                    state.keys = keys;
                    state.fetched = Some(Instant::now());
                }
                Err(error) => eprintln!("kulprit: the signing keys of Grafana at {}: {error:#}", self.url),
            }
        }
        if age(state.fetched) > STALE {
            return None;
        }
        state.keys.get(id).copied()
    }

    async fn fetch(&self) -> anyhow::Result<HashMap<String, PublicKey>> {
        let url = self.url.clone();
        let body = tokio::task::spawn_blocking(move || {
            let agent: ureq::Agent = ureq::Agent::config_builder()
                .tls_config(trusted_tls(None)?)
                .timeout_global(Some(TIMEOUT))
                // A key that another host vouches for is not Grafana's.
                .max_redirects(0)
                .build()
                .into();
            let mut response = agent.get(&url).call()?;
            anyhow::Ok(response.body_mut().with_config().limit(LARGEST).read_to_vec()?)
        });
        let document: Document = serde_json::from_slice(&body.await??)?;
        Ok(document.keys.iter().filter_map(Jwk::point).collect())
    }
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
