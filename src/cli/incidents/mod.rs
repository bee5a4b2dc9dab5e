//! `kulprit incidents`: the incident store from the command line, without a server. Who may use its file may do everything.

mod change;
mod files;
mod open;
mod sheet;
mod show;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::connection::ConnectionArgs;
use crate::config::Config;
use kulprit_incidents::{Actor, Incidents, State};

/// Incidents: what the analyses answered, frozen, and what was done about it
///
/// Works on the file itself (the configuration's incidents.path), also while `kulprit serve` runs. An id may be shortened to a beginning
/// that no other has.
#[derive(Debug, Args)]
pub struct IncidentsArgs {
    /// Whose incidents (default: the configuration's incidents.org)
    #[arg(long, global = true, value_name = "ORG", env = "KULPRIT_ORG")]
    pub org: Option<String>,
    #[command(subcommand)]
    pub command: IncidentsCommand,
}

#[derive(Debug, Subcommand)]
pub enum IncidentsCommand {
    /// List and search
    List(show::ListArgs),
    /// One incident: what it is, what was frozen, what happened
    Show(show::ShowArgs),
    /// Medians and 90th percentiles of how long incidents take
    Stats(show::StatsArgs),
    /// Open an incident and freeze what the analyses answer for it
    Open(open::OpenArgs),
    /// Acknowledge
    Ack(change::StepArgs),
    /// Mark as mitigated
    Mitigate(change::StepArgs),
    /// Resolve
    Resolve(change::StepArgs),
    /// Close what is resolved
    Close(change::StepArgs),
    /// Open again
    Reopen(change::StepArgs),
    /// Change severity, assignee, title or labels
    Set(change::SetArgs),
    /// Comment
    Note(change::NoteArgs),
    /// Delete: it is shown nowhere any more, and its history stays in the file
    Delete(change::DeleteArgs),
    /// Write one incident as Markdown or JSON
    Export(files::ExportArgs),
    /// Take in an exported JSON file
    Import(files::ImportArgs),
    /// Copy the whole store, while it is in use
    Backup(files::BackupArgs),
    /// Replace the store by a backup
    Restore(files::RestoreArgs),
}

/// An open store, and the org in it whose incidents are meant.
struct OrgStore {
    incidents: Incidents,
    org: String,
}

impl OrgStore {
    fn open(org: Option<String>, config: &Config) -> Result<Self> {
        Ok(Self {
            incidents: Incidents::open(&config.incidents_path()?)?,
            org: org.unwrap_or_else(|| config.incidents.org.clone()),
        })
    }

    /// The whole id that begins with `part`.
    async fn id(&self, part: &str) -> Result<String> {
        Ok(self.incidents.id_like(&self.org, part).await?)
    }
}

/// Whoever is logged in.
fn actor() -> Actor {
    let name = ["USER", "LOGNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|name| !name.is_empty()));
    Actor {
        who: name.unwrap_or_else(|| "command line".to_owned()),
        via: "cli",
    }
}

pub async fn run(args: IncidentsArgs, connection: &ConnectionArgs) -> Result<()> {
    use IncidentsCommand as Command;
    let config = connection.config()?;
    if let Command::Restore(restore) = args.command {
        return files::restore(&restore, &config);
    }
    let store = OrgStore::open(args.org, &config)?;
    match args.command {
        Command::List(args) => show::list(&store, args).await,
        Command::Show(args) => show::show(&store, &args).await,
        Command::Stats(args) => show::stats(&store, args).await,
        Command::Open(args) => open::open(&store, args, connection).await,
        Command::Ack(args) => change::step(&store, &args, State::Acknowledged).await,
        Command::Mitigate(args) => change::step(&store, &args, State::Mitigated).await,
        Command::Resolve(args) => change::step(&store, &args, State::Resolved).await,
        Command::Close(args) => change::step(&store, &args, State::Closed).await,
        Command::Reopen(args) => change::step(&store, &args, State::Reopened).await,
        Command::Set(args) => change::set(&store, args).await,
        Command::Note(args) => change::note(&store, &args).await,
        Command::Delete(args) => change::delete(&store, &args).await,
        Command::Export(args) => files::export(&store, &args, &config).await,
        Command::Import(args) => files::import(&store, &args).await,
        Command::Backup(args) => files::backup(&store, &args).await,
        Command::Restore(args) => files::restore(&args, &config),
    }
}
