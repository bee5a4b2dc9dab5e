//! What one question is about, read once: spans with their parents, requests, calls that no span answers, and log lines.
//!
//! They stand in temporary tables of one ClickHouse session, which end with it; statements over them do not know where they came from.
//! A user who may not create temporary tables gets the same answers from statements that read the sources by themselves.

use std::time::{Duration, Instant};

use clickhouse::{Row, RowOwned, RowRead};
use kulprit_clickhouse::{Client, Options, Statement, Value};

use crate::{Error, Result};

/// A session's tables are dropped when it was idle for so long.
const IDLE: Duration = Duration::from_secs(10);
/// The part of the time limit at which what is there is the answer.
const SHARE: f64 = 0.9;
/// What is left when a statement is not worth starting any more.
const LEAST: Duration = Duration::from_millis(200);

/// Asks the statements of one question, within one time limit for all of them.
pub struct WorkingSet {
    client: Client,
    /// In the session, where there is one.
    inside: Client,
    pub options: Options,
    /// When what is there is the answer.
    deadline: Instant,
    limit: Duration,
    /// Whether this user, or this server, has no temporary tables.
    is_refused: bool,
}

impl WorkingSet {
    /// A new session, with nothing in it.
    pub fn new(client: &Client, options: Options) -> Self {
        let limit = client.timeout().mul_f64(SHARE);
        Self {
            client: client.clone(),
            inside: client.in_session(IDLE),
            options,
            deadline: Instant::now() + limit,
            limit,
            is_refused: false,
        }
    }

    /// Begins again in a session of its own, with nothing in it: tables that were half filled are forgotten.
    pub fn begin_again(&mut self) {
        self.options.session = false;
        self.inside = self.client.in_session(IDLE);
    }

    /// Creates one of the temporary tables (`sources/…`), in at most `share` of the time limit. Whether there are any from now on: false where
    /// this user, or this server, has none.
    pub async fn create(&mut self, name: &'static str, params: Vec<(&'static str, Value)>, share: f64) -> Result<bool> {
        if self.is_refused {
            return Ok(false);
        }
        let statement = Statement::query(name, &self.options, params)?;
        let limit = self.limit.mul_f64(share).min(self.left()?);
        match self.inside.with_timeout(limit).execute(&statement).await {
            Ok(()) => {
                self.options.session = true;
                Ok(true)
            }
            // In a session that has tables, what is missing is something else.
            Err(Error::NoDataSource(cause)) if !self.options.session => {
                tracing::info!(%cause, "no temporary tables: statements read by themselves");
                self.options.session = false;
                self.is_refused = true;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// The connection, outside the session.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Asks a statement over the working set.
    pub async fn rows<T: Row + RowOwned + RowRead>(
        &self,
        name: &'static str,
        params: Vec<(&'static str, Value)>,
    ) -> Result<Vec<T>> {
        let statement = Statement::query(name, &self.options, params)?;
        let client = if self.options.session {
            &self.inside
        } else {
            &self.client
        };
        client.with_timeout(self.left()?).rows(&statement).await
    }

    /// Asks a statement that has nothing to do with the working set, beside those that have.
    pub async fn rows_apart<T: Row + RowOwned + RowRead>(
        &self,
        name: &'static str,
        params: Vec<(&'static str, Value)>,
    ) -> Result<Vec<T>> {
        let statement = Statement::query(name, &self.options, params)?;
        self.client.with_timeout(self.left()?).rows(&statement).await
    }

    /// The time that is left. Errors: next to none.
    fn left(&self) -> Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left < LEAST {
            return Err(Error::Timeout(self.client.timeout()));
        }
        Ok(left)
    }
}
