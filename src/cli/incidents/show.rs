//! `kulprit incidents list|show|stats`, and the line that confirms a change.

use anyhow::Result;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::json;

use super::OrgStore;
use super::sheet::sheet;
use crate::cli::table::aligned;
use crate::cli::{notice, print, print_json};
use crate::incidents::Frozen;
use kulprit_incidents::{Incident, ListRequest, Stat, StatsRequest};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Table,
    Json,
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Words to search for in titles, services, labels, notes and patterns
    #[arg(value_name = "WORDS")]
    pub words: Vec<String>,
    /// Only these states, separated by commas
    #[arg(long, default_value = "")]
    pub state: String,
    /// Only these severities, separated by commas
    #[arg(long, default_value = "")]
    pub severity: String,
    /// Only these services, separated by commas
    #[arg(long, default_value = "")]
    pub service: String,
    /// Only with all of these labels, separated by commas
    #[arg(long, default_value = "")]
    pub label: String,
    /// Opened at or after
    #[arg(long, value_name = "T", default_value = "")]
    pub from: String,
    /// Opened before
    #[arg(long, value_name = "T", default_value = "")]
    pub to: String,
    /// opened_at, updated_at, severity or state; with a - before it the greatest first
    #[arg(long, default_value = "-opened_at", allow_hyphen_values = true)]
    pub sort: String,
    /// 1 to 500
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: u32,
    /// The next page: the cursor that the page before printed
    #[arg(long, default_value = "")]
    pub cursor: String,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct ShowArgs {
    pub id: String,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct StatsArgs {
    /// Opened at or after
    #[arg(long, value_name = "T", default_value = "")]
    pub from: String,
    /// Opened before
    #[arg(long, value_name = "T", default_value = "")]
    pub to: String,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

pub(super) async fn list(store: &OrgStore, args: ListArgs) -> Result<()> {
    let request = ListRequest {
        state: args.state,
        severity: args.severity,
        service: args.service,
        label: args.label,
        from: args.from,
        to: args.to,
        q: args.words.join(" "),
        sort: args.sort,
        limit: args.limit.to_string(),
        cursor: args.cursor,
    };
    let filter = request.validate(Timestamp::now())?;
    let page = store.incidents.list(&store.org, filter).await?;
    if args.format == Format::Json {
        return print_json(&page);
    }
    let mut rows = vec![header(&[
        "id",
        "state",
        "severity",
        "opened (UTC)",
        "services",
        "title",
    ])];
    rows.extend(page.incidents.iter().map(|incident| {
        vec![
            incident.id.clone(),
            incident.state.name().to_owned(),
            incident.severity.name().to_owned(),
            clock(incident.opened_at),
            incident.service.clone(),
            incident.title.clone(),
        ]
    }));
    print(&aligned(&rows, &[]))?;
    if let Some(cursor) = page.next_cursor {
        notice(format_args!("there are more: --cursor {cursor}"));
    }
    Ok(())
}

pub(super) async fn show(store: &OrgStore, args: &ShowArgs) -> Result<()> {
    let id = store.id(&args.id).await?;
    let detail = store.incidents.detail(&store.org, &id).await?;
    let history = store.incidents.history(&store.org, &id).await?;
    if args.format == Format::Json {
        let both = json!({ "incident": detail, "history": history });
        return print_json(&both);
    }
    let frozen = Frozen::read(&detail.snapshot);
    warn_of_missing(&frozen);
    print(&sheet(&detail, &history, &frozen))
}

pub(super) async fn stats(store: &OrgStore, args: StatsArgs) -> Result<()> {
    let request = StatsRequest {
        from: args.from,
        to: args.to,
    };
    let stats = store
        .incidents
        .stats(&store.org, request.validate(Timestamp::now())?)
        .await?;
    if args.format == Format::Json {
        return print_json(&json!({ "stats": stats }));
    }
    let mut rows = vec![header(&[
        "service",
        "severity",
        "incidents",
        "active",
        "ack p50",
        "ack p90",
        "mitigate p50",
        "mitigate p90",
        "resolve p50",
        "resolve p90",
    ])];
    rows.extend(stats.iter().map(stat_row));
    print(&aligned(&rows, &[2, 3, 4, 5, 6, 7, 8, 9]))
}

/// The incident's line, so that a script has its id.
pub(super) fn confirm(incident: &Incident) -> Result<()> {
    print(&format!(
        "{}\t{}\t{}\t{}\n",
        incident.id,
        incident.state.name(),
        incident.severity.name(),
        incident.title
    ))
}

/// Says which analyses gave no answer, and why.
pub(super) fn warn_of_missing(frozen: &Frozen) {
    for (name, missing) in frozen.missing() {
        notice(format_args!("{name}: {missing}"));
    }
}

fn stat_row(stat: &Stat) -> Vec<String> {
    vec![
        stat.service.clone(),
        stat.severity.name().to_owned(),
        stat.incidents.to_string(),
        stat.active.to_string(),
        seconds(stat.time_to_acknowledge_p50_s),
        seconds(stat.time_to_acknowledge_p90_s),
        seconds(stat.time_to_mitigate_p50_s),
        seconds(stat.time_to_mitigate_p90_s),
        seconds(stat.time_to_resolve_p50_s),
        seconds(stat.time_to_resolve_p90_s),
    ]
}

pub(super) fn header(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub(super) fn clock(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

pub(super) fn seconds(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.1} s"))
}
