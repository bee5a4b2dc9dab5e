//! Finds requests and traces.

use super::answer::{Trace, TraceList, list, trace};
use super::links::{Link, trace_links};
use super::question::{self, LineRow, SpanRow, TraceExtent, Traces};
use crate::config::Config;
use crate::questions::degrade::Sources;
use crate::sources::{self, Kind, Needs};
use crate::{Error, Result};
use kulprit_clickhouse::Client;
use kulprit_clickhouse::inline_text;
use kulprit_request::Window;

/// Requests that failed or were slow.
pub async fn find(client: &Client, config: &Config, asked: &Traces) -> Result<TraceList> {
    let gathered = sources::gather(client, config, &asked.needs()).await?;
    gathered.need(Kind::Spans)?;
    let client = &gathered.client;
    let mut sources = Sources::default();
    let rows = client.rows(&asked.statement()?).await;
    let rows = sources.read(rows, "spans (otel_traces)")?.unwrap_or_default();
    let mut answer = list(rows, asked.window, sources.finish()?);
    gathered.tell(&mut answer.sources, &mut answer.warnings);
    Ok(answer)
}

/// One trace with its log lines and links.
/// `own`: the only services whose spans and lines are shown, one of which must be in it; none means any.
pub async fn one(client: &Client, config: &Config, id: &str, own: &[String]) -> Result<Trace> {
    let mut sources = Sources::default();
    let id = question::trace_id(id);
    let needs = Needs {
        spans_of: Some(id.clone()),
        ..Needs::default()
    };
    let spans = sources::gather(client, config, &needs).await?;
    spans.need(Kind::Spans)?;
    // Without the index the trace is found by its id alone, only slower; nor has it what is read in place.
    let known: Vec<TraceExtent> = match spans.client.has_stand_ins() {
        true => vec![],
        false => client.rows(&question::extent(&id)?).await.unwrap_or_default(),
    };
    let within = question::around(known.first().copied());
    let mut rows: Vec<SpanRow> = spans.client.rows(&question::spans(&id, within)?).await?;
    let all = rows.len();
    let is_own = |service: &String| own.is_empty() || own.contains(service);
    rows.retain(|row| is_own(&row.service));
    if rows.len() < all {
        sources.warn(format!("{} spans of other services are not shown", all - rows.len()));
    }
    let Some(extent) = extent_of(&rows) else {
        return Err(Error::NotFound(format!(
            "there is no trace {id:?}: /api/v1/traces lists some"
        )));
    };
    let needs = Needs {
        lines: vec![extent],
        lines_of: Some(id.clone()),
        ..Needs::default()
    };
    let lines_of = sources::gather(client, config, &needs).await?;
    for warning in spans.warnings.iter().chain(&lines_of.warnings) {
        sources.warn(warning.clone());
    }
    let lines = question::lines(&id, within, &lines_of.config.logs)?;
    let lines = lines_of.client.rows(&lines).await;
    let mut lines: Vec<LineRow> = sources.read(lines, "log lines")?.unwrap_or_default();
    lines.retain(|line| is_own(&line.service));
    // The spans are there, so that the trace is answered with or without its lines.
    let mut trace = trace(id, rows, lines, sources.warnings());
    trace.sources = spans.told_with(&lines_of);
    trace.links = links_of(config, &trace.trace_id, extent)?;
    Ok(trace)
}

/// The links of a trace that lies within a window; none where the configuration names no Grafana.
pub fn links_of(config: &Config, trace_id: &str, within: Window) -> Result<Vec<Link>> {
    let panel =
        inline_text(&question::panel(trace_id, within)?).map_err(|error| Error::internal(format_args!("{error:#}")))?;
    let text: String = panel
        .lines()
        .filter(|line| !line.starts_with("--"))
        .collect::<Vec<_>>()
        .join("\n");
    Ok(trace_links(&config.grafana, trace_id, within, &text))
}

/// From a minute before the first span to a minute after the last.
fn extent_of(rows: &[SpanRow]) -> Option<Window> {
    const AROUND: i64 = 60_000_000_000;
    let from = rows.iter().map(|row| row.start).min()?;
    let to = rows
        .iter()
        .map(|row| row.start.saturating_add(row.duration.max(0)))
        .max()?;
    let at = |nanoseconds: i64| jiff::Timestamp::from_nanosecond(nanoseconds.into()).ok();
    Some(Window {
        from: at(from.saturating_sub(AROUND))?,
        to: at(to.saturating_add(AROUND))?,
    })
}
