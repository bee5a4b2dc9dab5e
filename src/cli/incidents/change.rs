//! `kulprit incidents ack|mitigate|resolve|close|reopen|set|note|delete`.

use anyhow::{Result, bail};
use clap::Args;

use super::{OrgStore, actor, show};
use crate::cli::notice;
use kulprit_incidents::{Change, ChangeRequest, State};

#[derive(Debug, Args)]
pub struct StepArgs {
    pub id: String,
    /// Why
    #[arg(long, default_value = "")]
    pub note: String,
}

#[derive(Debug, Args)]
pub struct SetArgs {
    pub id: String,
    /// critical, high, medium or low
    #[arg(long)]
    pub severity: Option<String>,
    /// Who works on it; empty for nobody
    #[arg(long, value_name = "NAME")]
    pub assignee: Option<String>,
    #[arg(long)]
    pub title: Option<String>,
    /// A label; may be repeated; all labels from now on
    #[arg(long = "label", value_name = "LABEL")]
    pub labels: Vec<String>,
    /// Remove all labels
    #[arg(long, conflicts_with = "labels")]
    pub no_labels: bool,
    /// The incident that people work on instead; empty for none
    #[arg(long, value_name = "ID")]
    pub duplicate_of: Option<String>,
    /// Why
    #[arg(long, default_value = "")]
    pub note: String,
}

#[derive(Debug, Args)]
pub struct NoteArgs {
    pub id: String,
    pub text: String,
}

#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// The whole id
    pub id: String,
}

pub(super) async fn step(store: &OrgStore, args: &StepArgs, state: State) -> Result<()> {
    apply(store, &args.id, Change::step(state, &args.note)?).await
}

pub(super) async fn set(store: &OrgStore, args: SetArgs) -> Result<()> {
    let labels = (args.no_labels || !args.labels.is_empty()).then_some(args.labels);
    let duplicate_of = match args.duplicate_of {
        Some(id) if !id.is_empty() => Some(store.id(&id).await?),
        given => given,
    };
    let request = ChangeRequest {
        state: None,
        severity: args.severity,
        assignee: args.assignee,
        title: args.title,
        labels,
        duplicate_of,
        note: args.note,
    };
    apply(store, &args.id, request.validate()?).await
}

pub(super) async fn note(store: &OrgStore, args: &NoteArgs) -> Result<()> {
    apply(store, &args.id, Change::comment(&args.text)?).await
}

pub(super) async fn delete(store: &OrgStore, args: &DeleteArgs) -> Result<()> {
    if store.id(&args.id).await? != args.id {
        bail!("{:?} is not the whole id: deleting takes it whole", args.id);
    }
    store.incidents.delete(&store.org, &args.id, None, actor()).await?;
    notice(format_args!("deleted {}", args.id));
    Ok(())
}

async fn apply(store: &OrgStore, part: &str, change: Change) -> Result<()> {
    let id = store.id(part).await?;
    let incident = store.incidents.change(&store.org, &id, None, change, actor()).await?;
    show::confirm(&incident)
}
