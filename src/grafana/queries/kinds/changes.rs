//! `changes`: the log patterns that changed. `onsets`: when they began to, as annotations.

use serde_json::json;

use super::super::Refusal;
use super::super::asker::Asker;
use super::super::frame::{Field, Frame};
use super::super::query::Query;
use super::word;
use crate::questions::log_changes::{Answer, LogGroup};

/// The most that the route answers.
const MOST: usize = 100;
const USUAL: usize = 10;

/// What changed in the query's window, `limit` of them.
pub async fn ask(asker: &Asker, query: &Query, limit: usize) -> Result<Answer, Refusal> {
    let mut body = json!({
        "org": asker.org(),
        // Of no panel: the services of the query, or the org's.
        "dashboard": "data source",
        "panel_title": "data source",
        "metric_name": "data source",
        "start_time": query.from.to_string(),
        "end_time": query.to.to_string(),
        "limit": limit.min(MOST),
        "services": query.services,
    });
    if let Some(baseline) = &query.baseline {
        body["baseline"] = json!(baseline);
    }
    asker.post("/query_logs", body).await
}

pub async fn frame(asker: &Asker, query: &Query) -> Result<Frame, Refusal> {
    let answer = ask(asker, query, query.limit.unwrap_or(USUAL)).await?;
    let groups = &answer.log_groups;
    let frame = match query.is_series() {
        true => Frame::moment("changes", query.to, numbers(groups)),
        false => Frame::table("changes", columns(groups)),
    };
    Ok(frame.noting(answer.warnings))
}

fn columns(groups: &[LogGroup]) -> Vec<Field> {
    vec![
        Field::text("service", groups.iter().map(|group| &group.service)),
        Field::text("pattern", groups.iter().map(|group| &group.pattern)),
        Field::text("status", groups.iter().map(|group| &group.status)),
        Field::text("finding", groups.iter().map(|group| word(group.finding))),
        Field::time("since", groups.iter().map(|group| group.since)),
        Field::number(
            "current_count",
            "short",
            groups.iter().map(|group| group.current_count as f64),
        ),
        Field::number(
            "baseline_count",
            "short",
            groups.iter().map(|group| group.baseline_count as f64),
        ),
        Field::number("current_rate", "cpm", groups.iter().map(|group| group.current_rate)),
        Field::number("baseline_rate", "cpm", groups.iter().map(|group| group.baseline_rate)),
        Field::number(
            "rate_change",
            "percentunit",
            groups.iter().map(|group| group.rate_change),
        ),
        Field::number("kl_contribution", "", groups.iter().map(|group| group.kl_contribution)),
        Field::number("q_value", "", groups.iter().map(|group| group.q_value)),
        Field::text("sentence", groups.iter().map(|group| &group.sentence)),
        Field::text("sample", groups.iter().map(sample)),
        Field::text("pattern_id", groups.iter().map(|group| &group.pattern_id)),
    ]
}

fn sample(group: &LogGroup) -> &str {
    group.representative_logs.first().map_or("", String::as_str)
}

/// Lines a minute by pattern, for a rule or a graph of the latest.
fn numbers(groups: &[LogGroup]) -> Vec<Field> {
    let numbers = groups.iter().map(|group| {
        Field::number("current_rate", "cpm", [group.current_rate]).labelled([
            ("service", group.service.clone()),
            ("status", group.status.clone()),
            ("pattern", group.pattern.clone()),
            ("pattern_id", group.pattern_id.clone()),
        ])
    });
    numbers.collect()
}

pub async fn onsets(asker: &Asker, query: &Query) -> Result<Frame, Refusal> {
    let answer = ask(asker, query, query.limit.unwrap_or(USUAL)).await?;
    let mut groups: Vec<&LogGroup> = answer.log_groups.iter().filter(|group| group.since.is_some()).collect();
    groups.sort_by_key(|group| group.since);
    let fields = vec![
        Field::time("time", groups.iter().map(|group| group.since)),
        Field::time("timeEnd", groups.iter().map(|_| None)),
        Field::text(
            "title",
            groups
                .iter()
                .map(|group| format!("{}: {}", group.service, group.status)),
        ),
        Field::text("text", groups.iter().map(|group| &group.sentence)),
        Field::text(
            "tags",
            groups.iter().map(|group| format!("{},{}", group.service, group.status)),
        ),
        Field::text("service", groups.iter().map(|group| &group.service)),
        Field::text("pattern", groups.iter().map(|group| &group.pattern)),
        Field::text("pattern_id", groups.iter().map(|group| &group.pattern_id)),
    ];
    Ok(Frame::table("onsets", fields).noting(answer.warnings))
}
