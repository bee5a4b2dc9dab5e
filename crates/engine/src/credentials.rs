//! The passwords of the embedded engine's users: made anew at each start, kept where only their owner reads them and the
//! engine does not reach.

use std::fs::File;
use std::io::Read as _;

use anyhow::{Context as _, ensure};
use sha2::{Digest as _, Sha256};

use super::layout::{Layout, write_private};

/// The user that Kulprit itself is.
pub const OWNER: &str = "kulprit";
/// A user that may only read.
pub const READER: &str = "reader";
/// Not a user: the line that says which start of the engine the passwords are of.
const RUN: &str = "run";

/// The plain passwords of one run of the engine.
#[derive(Clone)]
pub struct Credentials {
    /// Which run. Only an engine that announces the same one may be told these passwords.
    pub run: String,
    pub owner: String,
    pub reader: String,
    /// What dictionaries log in with; nobody else is told it.
    pub lookup: String,
}

impl Credentials {
    /// New ones, in the place of those of the run before. Only for the holder of the engine's lock.
    pub fn renew(layout: &Layout) -> anyhow::Result<Self> {
        let credentials = Self {
            run: random_hex()?,
            owner: random_hex()?,
            reader: random_hex()?,
            lookup: random_hex()?,
        };
        let Self { run, owner, reader, .. } = &credentials;
        let text = format!("{OWNER}:{owner}\n{READER}:{reader}\n{RUN}:{run}\n");
        write_private(&layout.credentials(), &text)?;
        Ok(credentials)
    }

    /// The owner's and the reader's password of this run.
    pub fn of_run(layout: &Layout, run: &str) -> anyhow::Result<(String, String)> {
        let path = layout.credentials();
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let value = |name: &str| {
            text.lines()
                .find_map(|line| line.split_once(':').filter(|(found, _)| *found == name))
                .map(|(_, value)| value.to_owned())
                .with_context(|| {
                    format!(
                        "{} has no line for {name}: stop the engine and start it again",
                        path.display()
                    )
                })
        };
        ensure!(
            value(RUN)? == run,
            "the passwords in {} are those of another start of the engine",
            path.display()
        );
        Ok((value(OWNER)?, value(READER)?))
    }
}

/// 256 bits from the system.
fn random_hex() -> anyhow::Result<String> {
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
