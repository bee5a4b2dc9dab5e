//! Where a ClickHouse answers, and how the processes of one data directory tell each other.

use std::fmt;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use ureq::Agent;

use super::layout::{Layout, write_private};
use super::port_owner;

const WHO_AM_I: &str = include_str!("config/whoami.sql");

/// A ClickHouse HTTP interface and who to be there.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub url: String,
    pub user: String,
    pub password: String,
}

/// The password stays out of logs.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("url", &self.url)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl Endpoint {
    /// Asks for the user's name: proves that a ClickHouse with these passwords is there. Sends nothing to a port of another
    /// account. Blocks up to five seconds.
    pub fn verify(&self) -> anyhow::Result<()> {
        let port = self.url.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        port_owner::check_is_ours(port.with_context(|| format!("no port in {}", self.url))?)?;
        let agent: Agent = Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(5)))
            // Loopback is nothing for a proxy.
            .proxy(None)
            .build()
            .into();
        let answer = agent
            .post(&self.url)
            .header("x-clickhouse-user", &self.user)
            .header("x-clickhouse-key", &self.password)
            .send(WHO_AM_I)
            .and_then(|mut response| response.body_mut().read_to_string())
            .with_context(|| format!("no answer from the engine at {}", self.url))?;
        ensure!(
            answer.trim() == self.user,
            "what answers at {} is not the engine",
            self.url
        );
        Ok(())
    }
}

/// What the engine's process leaves in the data directory for others to find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    pub url: String,
    pub pid: u32,
    /// Which run's passwords it takes.
    pub run: String,
    /// Why the engine's process is not confined, if it is not.
    pub unconfined: Option<String>,
}

impl Announcement {
    /// The one in the data directory; none when there is none, or none that can be read.
    pub fn read(layout: &Layout) -> Option<Self> {
        let text = std::fs::read(layout.endpoint()).ok()?;
        serde_json::from_slice(&text).ok()
    }

    pub fn write(&self, layout: &Layout) -> anyhow::Result<()> {
        write_private(&layout.endpoint(), &serde_json::to_string(self)?)
    }

    /// Nothing answers here any more.
    pub fn withdraw(layout: &Layout) {
        // A left-over does no harm: readers ask whether the engine's lock is held, and verify.
        let _ = std::fs::remove_file(layout.endpoint());
    }
}
