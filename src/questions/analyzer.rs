//! Whom every question asks: one ClickHouse, as one configuration says.

use std::time::Duration;

use kulprit_clickhouse::{Client, Transcript};

use crate::Result;
use crate::config::Config;
use crate::sources::{self, Gathered, Needs};

/// A connection and the configuration that says how to ask it.
pub struct Analyzer {
    client: Client,
    config: Config,
}

impl Analyzer {
    pub fn new(client: Client, config: Config) -> Self {
        Self { client, config }
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The same with another time limit for each statement.
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self::new(self.client.with_timeout(timeout), self.config.clone())
    }

    /// What `needs` name of the sources that are read in place, and whom to ask from then on.
    pub async fn gather(&self, needs: &Needs) -> Result<(Self, Gathered)> {
        let gathered = sources::gather(&self.client, &self.config, needs).await?;
        Ok((Self::new(gathered.client.clone(), gathered.config.clone()), gathered))
    }

    /// The same, with a list of the statements that it asks.
    pub fn transcribed(&self) -> (Self, Transcript) {
        let (client, transcript) = self.client.transcribed();
        (Self::new(client, self.config.clone()), transcript)
    }
}
