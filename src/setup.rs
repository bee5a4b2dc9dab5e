//! Puts the tables in place: creates those that are absent and records where the rollups begin. Only commands that write call it.
//!
//! The view that counts requests as spans arrive is made by the rules of the configuration (`[requests]`). Where those have changed, or this
//! version has others, it is made anew and what was counted is counted again; only [`apply`] does that, since a command that stores a few
//! lines may run without the service's configuration.

use anyhow::{Context as _, Result};
use kulprit_clickhouse::schema::{self, Difference, NEEDS_SPANS};
use kulprit_clickhouse::{Client, Layouts, Options, Statement, Value};

use crate::Error;
use crate::config::Config;
use crate::rollups;

/// The view of an earlier version: it hung on the log table, whose inserts it could fail.
const ARRIVALS: &str = "kulprit_log_arrivals";
const COVERAGE: &str = "kulprit_request_coverage";
const NONE: [(&str, Value); 0] = [];

/// Creates what is absent, makes the view of requests count by the rules of the configuration, and returns what is there but different, which
/// is never altered.
pub async fn apply(config: &Config, client: &Client) -> Result<Vec<Difference>> {
    take_away_other_rules(client).await?;
    create(config, client).await
}

/// Takes away a view that counts by other rules, and says whether there was one. Whoever may not goes on: answers read the spans meanwhile, and
/// the doctor says so.
pub async fn take_away_other_rules(client: &Client) -> Result<bool> {
    let has_coverage = schema::absent(client, vec![COVERAGE.to_owned()]).await?.is_empty();
    if !has_coverage || !rollups::requests::counts_by_other_rules(client).await? {
        return Ok(false);
    }
    let drop = Statement::query("schema/drop_request_arrivals", &Options::default(), NONE)?;
    match client.execute(&drop).await {
        Err(error @ Error::NoDataSource(_)) => {
            tracing::warn!(%error, "the view of requests counts by other rules, and this user may not make it anew");
            return Ok(false);
        }
        other => other.context("kulprit_request_arrivals")?,
    }
    let void = Statement::query("rollups/requests/void_coverage", &Options::default(), NONE)?;
    client.execute(&void).await.context(COVERAGE)?;
    Ok(true)
}

/// Creates what is absent, and returns what is there but different, which is never altered.
pub async fn create(config: &Config, client: &Client) -> Result<Vec<Difference>> {
    if schema::absent(client, vec![ARRIVALS.to_owned()]).await?.is_empty() {
        let drop = Statement::query("schema/drop_log_arrivals", &Options::default(), NONE)?;
        client.execute(&drop).await.context(ARRIVALS)?;
    }
    let mut counts_requests = true;
    // What cannot be looked at is not there.
    let layouts = match client.layouts(&config.logs).await {
        Ok(layouts) => layouts,
        Err(_) => Layouts::assumed(&config.logs).into(),
    };
    for statement in schema::statements(config.schema(), client, &layouts)? {
        match client.execute(&statement).await {
            // A table of spans in another layout, which is reported as a difference, is read as it is.
            Err(Error::Refused(_)) if NEEDS_SPANS.contains(&statement.name) => counts_requests = false,
            other => other.context(statement.name)?,
        }
    }
    // A user who may not ask leaves them as they are.
    if !schema::stored_logins(client).await.unwrap_or_default().is_empty() {
        for statement in schema::dictionaries_anew(config.schema(), client)? {
            client.execute(&statement).await.context(statement.name)?;
        }
    }
    rollups::logs::start_coverage(config, client).await?;
    if counts_requests {
        rollups::requests::start_coverage(client).await?;
    }
    schema::differences(config.schema(), client).await
}

/// Takes away everything of Kulprit's, and returns the names. The tables of telemetry are the user's, and stay.
pub async fn drop_all(config: &Config, client: &Client) -> Result<Vec<String>> {
    let mut dropped = Vec::new();
    for (name, statement) in schema::drops(config.schema(), client).await? {
        client
            .execute(&statement)
            .await
            .with_context(|| format!("drop {name}"))?;
        dropped.push(name);
    }
    Ok(dropped)
}
