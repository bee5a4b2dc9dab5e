//! Turns the credentials of a request into an identity, by all the means that the configuration names.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result as AnyResult, bail};
use jiff::Timestamp;
use ring::rand::{SecureRandom as _, SystemRandom};
use sha2::{Digest as _, Sha256};

use super::grafana::Grafana;
use super::slow_down::SlowDown;
use super::token::{self, TokenKey};
use super::{Identity, Orgs, Role};
use crate::config::{AuthConfig, Config, Mode, SharedSecret};
use crate::{Error, Result};
use kulprit_incidents::Incidents;

/// How often the last use of a token is written down.
const NOTE_USE: Duration = Duration::from_secs(60);

/// What a request shows of itself. Header values as they came.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// `Authorization`.
    pub authorization: Option<String>,
    /// `X-Grafana-Id`.
    pub grafana_id: Option<String>,
    /// `X-Kulprit-Secret`.
    pub secret: Option<String>,
}

/// Checks credentials. One for all requests.
pub struct Gate {
    /// Who comes without credentials, if that is allowed.
    nobody: Option<Identity>,
    /// The hash of the token by which somebody on this machine may write where no identities are configured.
    local_token: Option<[u8; 32]>,
    notice: String,
    /// The hash of `server.token`, the one token that belongs to no org.
    server_token: Option<[u8; 32]>,
    tokens: Option<(Incidents, TokenKey)>,
    secrets: Vec<([u8; 32], Identity)>,
    grafana: Option<Grafana>,
    slow_down: SlowDown,
    noted: Mutex<HashMap<String, Instant>>,
}

impl Gate {
    /// Builds the gate for a server that listens on `address`. Errors: `auth = "none"` elsewhere than on loopback, or tokens without a store
    /// that knows them. Blocks: it reads the tokens' key.
    pub fn new(config: &Config, incidents: Option<&Incidents>, address: IpAddr) -> AnyResult<Self> {
        let auth = &config.auth;
        let Strangers {
            identity: nobody,
            notice,
            local_token,
        } = strangers(config, address)?;
        let tokens = auth.tokens.then(|| {
            let incidents = incidents.context("auth.tokens needs the incident store, which cannot be opened")?;
            let path = TokenKey::path(auth.token_key_file.as_deref(), incidents.store().path());
            anyhow::Ok((incidents.clone(), TokenKey::read_or_make(&path)?))
        });
        Ok(Self {
            nobody,
            local_token,
            notice,
            server_token: config.server.token.as_deref().map(hash),
            tokens: tokens.transpose()?,
            secrets: secrets(auth),
            grafana: auth.grafana.as_ref().map(Grafana::new),
            slow_down: SlowDown::new(Duration::from_millis(auth.max_failure_delay_ms)),
            noted: Mutex::default(),
        })
    }

    /// What the start must say about who gets in without credentials; empty when nobody does.
    pub fn notice(&self) -> &str {
        &self.notice
    }

    /// Whether nobody is let in without credentials.
    pub fn asks_for_credentials(&self) -> bool {
        self.nobody.is_none()
    }

    /// Who the request comes from. Errors: 401 for no credentials, 403 for wrong ones (not 401: Grafana's data source proxy turns an
    /// upstream 401 into 400, which would hide the reason), 429 for too many wrong ones. Wrong ones are answered late.
    pub async fn identify(self: &Arc<Self>, shown: &Credentials, address: IpAddr) -> Result<Identity> {
        // Checked first of all: who shows the right credential is let in, whatever else comes from the same address.
        let checked = self.check(shown).await;
        // Nothing shown is nothing tried, and a store that is away is not the client's doing.
        if let Err(error @ Error::Forbidden(_)) = &checked {
            if self.slow_down.is_flooding(address) {
                return Err(Error::TooManyRequests(
                    "too many wrong credentials came from this address: try again in a few seconds".to_owned(),
                ));
            }
            tracing::warn!(%address, %error, "refused a request");
            self.slow_down.failed(address).await;
        }
        checked
    }

    /// Everything that is shown must hold, and all of it for the same org.
    async fn check(self: &Arc<Self>, shown: &Credentials) -> Result<Identity> {
        if let Some(nobody) = &self.nobody {
            let shown = shown.authorization.as_deref().and_then(bearer).map(hash);
            // Another token is not meant for us, such as one that a proxy adds.
            let writes = self.local_token.is_some() && shown == self.local_token;
            return Ok(Identity {
                role: if writes { Role::Admin } else { nobody.role },
                ..nobody.clone()
            });
        }
        let mut service = None;
        // Another scheme than Bearer is none of ours: it shows nothing.
        if let Some(token) = shown.authorization.as_deref().and_then(bearer) {
            service = Some(self.by_bearer(token).await?);
        }
        if let Some(secret) = shown.secret.as_ref().filter(|_| !self.secrets.is_empty()) {
            let by_secret = self.by_secret(secret)?;
            service = Some(match service {
                Some(other) => agreed(other, by_secret)?,
                None => by_secret,
            });
        }
        let Some((grafana, id)) = self.grafana.as_ref().zip(shown.grafana_id.as_ref()) else {
            return service.ok_or_else(|| self.nothing_shown());
        };
        let person = grafana.check(id, Timestamp::now()).await?;
        let role = person.role;
        let identity = person.identity();
        match service {
            None => Ok(identity),
            // The person's own role counts; where the token names none, that of the service which Grafana was given.
            Some(service) => agreed(
                Identity {
                    role: role.unwrap_or(service.role),
                    ..identity
                },
                service,
            ),
        }
    }

    async fn by_bearer(self: &Arc<Self>, token: &str) -> Result<Identity> {
        let wrong = || Error::Forbidden("the bearer token is not known here".to_owned());
        // Comparing hashes tells a guesser nothing about the token, however long the comparison takes.
        if self.server_token.is_some_and(|known| known == hash(token)) {
            return Ok(Identity {
                who: "server.token".to_owned(),
                role: Role::Editor,
                orgs: Orgs::All { home: None },
                via: "token",
            });
        }
        let (incidents, key) = self.tokens.as_ref().ok_or_else(wrong)?;
        let row = token::check(incidents, key, token, Timestamp::now()).await?;
        self.note_use(&row.id);
        Ok(Identity {
            role: Role::parse(&row.role).ok_or_else(wrong)?,
            who: format!("{} (token {})", row.name, row.id),
            orgs: Orgs::Only(row.org),
            via: "token",
        })
    }

    fn by_secret(&self, secret: &str) -> Result<Identity> {
        let shown = hash(secret);
        let found = self.secrets.iter().find(|(known, _)| *known == shown);
        found
            .map(|(_, identity)| identity.clone())
            .ok_or_else(|| Error::Forbidden("X-Kulprit-Secret: is not known here".to_owned()))
    }

    fn nothing_shown(&self) -> Error {
        let mut ways = Vec::new();
        if self.server_token.is_some() || self.tokens.is_some() {
            ways.push("`Authorization: Bearer <token>`");
        }
        if self.grafana.is_some() {
            ways.push("`X-Grafana-Id`, which Grafana adds");
        }
        if !self.secrets.is_empty() {
            ways.push("`X-Kulprit-Secret`, which Grafana's plugin proxy adds");
        }
        if ways.is_empty() {
            return Error::Unauthorized("no identities are configured: see [auth] in the configuration".to_owned());
        }
        Error::Unauthorized(format!("no credentials: send the header {}", ways.join(", or ")))
    }

    /// Writes down that the token is used, now and then and without making the request wait.
    fn note_use(self: &Arc<Self>, id: &str) {
        let Some((incidents, _)) = self.tokens.clone() else {
            return;
        };
        {
            let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
            if noted.get(id).is_some_and(|last| last.elapsed() < NOTE_USE) {
                return;
            }
            noted.insert(id.to_owned(), Instant::now());
        }
        let id = id.to_owned();
        tokio::spawn(async move {
            // A store that cannot be written now is no reason to turn a reader away.
            let _ = incidents.note_token_use(&id).await;
        });
    }
}

/// What becomes of requests without credentials.
struct Strangers {
    /// Who they are; none: they are not let in.
    identity: Option<Identity>,
    /// What the start says about it.
    notice: String,
    local_token: Option<[u8; 32]>,
}

fn strangers(config: &Config, address: IpAddr) -> AnyResult<Strangers> {
    let mode = config.auth.mode;
    if mode == Mode::Identities || (mode == Mode::Unset && config.server.token.is_some()) {
        return Ok(Strangers {
            identity: None,
            notice: String::new(),
            local_token: None,
        });
    }
    let somebody = |role, home| Identity {
        who: "somebody".to_owned(),
        role,
        orgs: Orgs::All { home },
        via: "none",
    };
    let home = Some(config.incidents.org.clone());
    match (mode, address.is_loopback()) {
        (Mode::None, true) => Ok(Strangers {
            identity: Some(somebody(Role::Admin, home)),
            notice: "no credentials are asked for (auth = \"none\"): everybody on this machine is an admin".to_owned(),
            local_token: None,
        }),
        (Mode::None, false) => bail!(
            "auth = \"none\" and listening on {address}: everybody who reaches it would be an admin; listen on 127.0.0.1, or configure [auth]"
        ),
        (_, true) => {
            let token = random_token()?;
            Ok(Strangers {
                identity: Some(somebody(Role::Viewer, home)),
                notice: format!(
                    "everybody on this machine may read; who writes sends `Authorization: Bearer {token}`, which is made anew at each start (or configure [auth], or server.token)"
                ),
                local_token: Some(hash(&token)),
            })
        }
        (_, false) => Ok(Strangers {
            identity: Some(somebody(Role::Viewer, None)),
            notice: format!(
                "everybody who reaches {address} may read the logs, and nobody write: configure [auth] or server.token, or listen on 127.0.0.1 only"
            ),
            local_token: None,
        }),
    }
}

fn random_token() -> AnyResult<String> {
    let mut bytes = [0; 16];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| anyhow::anyhow!("the system gives no random numbers"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn secrets(auth: &AuthConfig) -> Vec<([u8; 32], Identity)> {
    let identity = |shared: &SharedSecret| Identity {
        who: format!("grafana as {} of org {}", shared.role.name(), shared.org),
        role: shared.role,
        orgs: Orgs::Only(shared.org.clone()),
        via: "secret",
    };
    auth.shared_secrets
        .iter()
        .map(|shared| (hash(&shared.secret), identity(shared)))
        .collect()
}

/// The first identity, if both may see the same org; one that may see all of them agrees with every other.
fn agreed(identity: Identity, other: Identity) -> Result<Identity> {
    match (&identity.orgs, &other.orgs) {
        (Orgs::Only(one), Orgs::Only(two)) if one != two => Err(Error::Forbidden(
            "the credentials of this request belong to different orgs".to_owned(),
        )),
        (Orgs::All { .. }, Orgs::Only(_)) => Ok(Identity {
            orgs: other.orgs,
            ..identity
        }),
        _ => Ok(identity),
    }
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}
