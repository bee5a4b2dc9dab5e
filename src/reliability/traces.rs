//! Finds requests and traces.

use super::degrade::optional;
use crate::clickhouse::Client;
use crate::config::Config;
use crate::query::traces::{self, SpanRow, TraceExtent, Traces};
use crate::query::window::Window;
use crate::shape::grafana::trace_links;
use crate::shape::traces::{Trace, TraceList, list, trace};
use crate::sql::inline_text;
use crate::{Error, Result};

/// Requests that failed or were slow.
pub async fn find(client: &Client, asked: &Traces) -> Result<TraceList> {
    let mut warnings = Vec::new();
    let rows = client.rows(&asked.statement()?).await;
    let rows = optional(rows, "spans (otel_traces)", &mut warnings)?.unwrap_or_default();
    Ok(list(rows, asked.window, warnings))
}

/// One trace with its log lines and links.
/// `own`: services one of which must be in it; none means any.
pub async fn one(client: &Client, config: &Config, id: &str, own: &[String]) -> Result<Trace> {
    let mut warnings = Vec::new();
    let id = traces::trace_id(id);
    // Without the index the trace is found by its id alone, only slower.
    let known: Vec<TraceExtent> = client.rows(&traces::extent(&id)?).await.unwrap_or_default();
    let within = traces::around(known.first().copied());
    let rows: Vec<SpanRow> = client.rows(&traces::spans(&id, within)?).await?;
    let is_own = own.is_empty() || rows.iter().any(|row| own.contains(&row.service));
    let Some(extent) = extent_of(&rows).filter(|_| is_own) else {
        return Err(Error::NotFound(format!(
            "there is no trace {id:?}: /api/v1/traces lists some"
        )));
    };
    let lines = client.rows(&traces::lines(&id, within, &config.logs)?).await;
    let lines = optional(lines, "log lines", &mut warnings)?.unwrap_or_default();
    let mut trace = trace(id, rows, lines, warnings);
    let panel =
        inline_text(&traces::panel(&trace.trace_id, extent)?).map_err(|error| Error::Refused(format!("{error:#}")))?;
    let text: String = panel
        .lines()
        .filter(|line| !line.starts_with("--"))
        .collect::<Vec<_>>()
        .join("\n");
    trace.links = trace_links(&config.grafana, &trace.trace_id, extent, &text);
    Ok(trace)
}

/// From a minute before the first span to a minute after the last.
fn extent_of(rows: &[SpanRow]) -> Option<Window> {
    const AROUND: i64 = 60_000_000_000;
    let from = rows.iter().map(|row| row.start).min()?;
    let to = rows
        .iter()
        .map(|row| row.start.saturating_add_unsigned(row.duration))
        .max()?;
    let at = |nanoseconds: i64| jiff::Timestamp::from_nanosecond(nanoseconds.into()).ok();
    Some(Window {
        from: at(from.saturating_sub(AROUND))?,
        to: at(to.saturating_add(AROUND))?,
    })
}
