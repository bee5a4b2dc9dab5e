//! `kulprit incidents open`.

use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;

use super::{OrgStore, actor, show};
use crate::cli::connection::ConnectionArgs;
use crate::incidents::{Frozen, Question, take_snapshot};
use crate::questions::Analyzer;
use kulprit_incidents::OpenRequest;

#[derive(Debug, Args)]
pub struct OpenArgs {
    /// What is wrong, in one line
    #[arg(long)]
    pub title: String,
    /// critical, high, medium or low
    #[arg(long)]
    pub severity: String,
    /// A service that it is about; may be repeated (default: all)
    #[arg(long = "service", value_name = "NAME")]
    pub services: Vec<String>,
    /// Start of the window: RFC 3339, epoch seconds or milliseconds, or now-1h
    #[arg(long, value_name = "T")]
    pub from: String,
    /// End of the window
    #[arg(long, value_name = "T", default_value = "now")]
    pub to: String,
    /// What it is compared with: previous, day, week, or FROM..TO
    #[arg(long, value_name = "B", default_value = "previous")]
    pub baseline: String,
    /// Who works on it
    #[arg(long, value_name = "NAME", default_value = "")]
    pub assignee: String,
    /// A label; may be repeated
    #[arg(long = "label", value_name = "LABEL")]
    pub labels: Vec<String>,
    /// What is known so far
    #[arg(long, default_value = "")]
    pub note: String,
    /// What an alert is told by: while an incident with it is not resolved, this joins that one
    #[arg(long, default_value = "")]
    pub dedup_key: String,
}

pub(super) async fn open(store: &OrgStore, args: OpenArgs, connection: &ConnectionArgs) -> Result<()> {
    let now = Timestamp::now();
    let request = OpenRequest {
        title: args.title,
        severity: args.severity,
        services: args.services,
        from: args.from,
        to: args.to,
        baseline: args.baseline,
        assignee: args.assignee,
        labels: args.labels,
        note: args.note,
        dedup_key: args.dedup_key,
    };
    let draft = request.validate(now)?;
    let connection = connection.open().await?;
    let analyzer = Arc::new(Analyzer::new(connection.client.clone(), connection.config.clone()));
    let snapshot = take_snapshot(analyzer, &Question::of(&store.org, &draft), now).await;
    let opened = store.incidents.add(&store.org, draft, snapshot, actor(), None).await;
    connection.close().await?;
    let incident = opened?.incident;
    let detail = store.incidents.detail(&store.org, &incident.id).await?;
    show::warn_of_missing(&Frozen::read(&detail.snapshot));
    show::confirm(&incident)
}
