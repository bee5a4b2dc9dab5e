//! API tokens: `kpt_<id>_<secret>`. The id may be shown; of the secret only an HMAC is stored, under a key that lies in a file of its own,
//! so that neither the database nor a backup of it is worth anything to a thief.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};

use super::Role;
use crate::{Error, Result};
use kulprit_incidents::{Incidents, TokenRow};

const PREFIX: &str = "kpt_";
const ID_BYTES: usize = 6;
const SECRET_BYTES: usize = 32;

/// The key under which tokens are hashed.
#[derive(Clone)]
pub struct TokenKey(hmac::Key);

/// What a token is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    pub org: String,
    pub role: Role,
    pub name: String,
    pub expires_at: Option<Timestamp>,
}

impl TokenKey {
    /// The file beside the database, unless the configuration names another.
    pub fn path(configured: Option<&Path>, database: &Path) -> PathBuf {
        configured.map_or_else(
            || {
                let mut path = database.as_os_str().to_owned();
                path.push(".key");
                path.into()
            },
            Path::to_owned,
        )
    }

    /// Reads the key, making one when there is none. Blocks.
    pub fn read_or_make(path: &Path) -> anyhow::Result<Self> {
        let doing = || format!("read the key for tokens {}", path.display());
        match make(path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            other => other.with_context(|| format!("make the key for tokens {}", path.display()))?,
        }
        let mut key = Vec::new();
        std::fs::File::open(path)
            .and_then(|mut file| file.read_to_end(&mut key))
            .with_context(doing)?;
        ensure!(
            key.len() == SECRET_BYTES,
            "{} holds {} bytes and not a key of {SECRET_BYTES}: restore it, or remove it and create all tokens anew",
            path.display(),
            key.len()
        );
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &key)))
    }

    /// The id takes part, so that two tokens never have the same hash and none can be moved to another row.
    fn hash(&self, id: &str, secret: &str) -> hmac::Tag {
        hmac::sign(&self.0, &message(id, secret))
    }

    /// Whether the secret is the one of the row. Takes as long for a wrong one.
    fn matches(&self, row: &TokenRow, secret: &str) -> bool {
        hmac::verify(&self.0, &message(&row.id, secret), &row.hash).is_ok()
    }
}

fn message(id: &str, secret: &str) -> Vec<u8> {
    [id.as_bytes(), b"\0", secret.as_bytes()].concat()
}

/// Writes a fresh key so that nobody ever reads half of one: under another name first.
fn make(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    if path.exists() {
        return Err(std::io::ErrorKind::AlreadyExists.into());
    }
    let key = random::<SECRET_BYTES>().map_err(std::io::Error::other)?;
    let mut part = path.as_os_str().to_owned();
    part.push(format!(".{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&part)?;
    file.write_all(&key)?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&part, path);
    std::fs::remove_file(&part)?;
    linked
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::Store("the system gives no random numbers".to_owned()))?;
    Ok(bytes)
}

/// Makes a token and stores its hash. Returns the token, which nobody can find out again.
pub async fn create(incidents: &Incidents, key: &TokenKey, new: NewToken) -> Result<(String, TokenRow)> {
    let id = hex(&random::<ID_BYTES>()?);
    let secret = URL_SAFE_NO_PAD.encode(random::<SECRET_BYTES>()?);
    let row = TokenRow {
        hash: key.hash(&id, &secret).as_ref().to_vec(),
        org: new.org,
        role: new.role.name().to_owned(),
        name: new.name,
        created_at: Timestamp::now(),
        expires_at: new.expires_at,
        revoked_at: None,
        last_used_at: None,
        id,
    };
    let token = format!("{PREFIX}{}_{secret}", row.id);
    incidents.add_token(row.clone()).await?;
    Ok((token, row))
}

/// Id and secret of a token's text.
pub(super) fn split(token: &str) -> Option<(&str, &str)> {
    let (id, secret) = token.strip_prefix(PREFIX)?.split_once('_')?;
    let is_id = id.len() == 2 * ID_BYTES && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then_some((id, secret))
}

/// The row of a token that is right, known, not revoked and not expired. Errors say which of these it is not; that helps its owner and
/// nobody else, for only after the secret was right is more said than that it is wrong.
pub(super) async fn check(incidents: &Incidents, key: &TokenKey, token: &str, now: Timestamp) -> Result<TokenRow> {
    let wrong = || Error::Forbidden("the bearer token is not known here".to_owned());
    let (id, secret) = split(token).ok_or_else(wrong)?;
    let row = incidents.token(id).await?.ok_or_else(wrong)?;
    if !key.matches(&row, secret) {
        return Err(wrong());
    }
    if row.revoked_at.is_some() {
        return Err(Error::Forbidden(format!("token {id} was revoked")));
    }
    if row.expires_at.is_some_and(|expires_at| expires_at <= now) {
        return Err(Error::Forbidden(format!("token {id} has expired")));
    }
    Ok(row)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
