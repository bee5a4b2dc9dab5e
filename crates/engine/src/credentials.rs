//! The passwords of the embedded engine's users: made once per data directory, kept where only their owner reads them.

use std::fs::File;
use std::io::Read as _;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

use super::layout::{Layout, write_private};

/// The user that Kulprit itself is.
pub const OWNER: &str = "kulprit";
/// A user that may only read.
pub const READER: &str = "reader";

/// The plain passwords.
#[derive(Clone)]
pub struct Credentials {
    pub owner: String,
    pub reader: String,
}

impl Credentials {
    /// Those of the data directory; new ones when it has none yet. Only for the holder of the engine's lock.
    pub fn load_or_create(layout: &Layout) -> anyhow::Result<Self> {
        if layout.credentials().exists() {
            return Self::load(layout);
        }
        let credentials = Self {
            owner: random_password()?,
            reader: random_password()?,
        };
        let text = format!("{OWNER}:{}\n{READER}:{}\n", credentials.owner, credentials.reader);
        write_private(&layout.credentials(), &text)?;
        Ok(credentials)
    }

    pub fn load(layout: &Layout) -> anyhow::Result<Self> {
        let path = layout.credentials();
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let password = |user: &str| {
            text.lines()
                .find_map(|line| line.split_once(':').filter(|(name, _)| *name == user))
                .map(|(_, password)| password.to_owned())
                .with_context(|| {
                    format!(
                        "{} has no line for {user}: remove the file and start again",
                        path.display()
                    )
                })
        };
        Ok(Self {
            owner: password(OWNER)?,
            reader: password(READER)?,
        })
    }
}

/// 256 bits from the system, as hex.
fn random_password() -> anyhow::Result<String> {
    let mut bytes = [0; 32];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("no randomness")?;
    Ok(hex(&bytes))
}

/// The form in which ClickHouse's configuration holds a password.
pub fn sha256_hex(password: &str) -> String {
    hex(&Sha256::digest(password.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
