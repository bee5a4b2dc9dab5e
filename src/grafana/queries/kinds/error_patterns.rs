//! `error_patterns`: what fails, by route, status and pattern; over time, how many of them are new, for an alert rule.

use std::collections::{BTreeMap, HashMap};

use super::super::Refusal;
use super::super::asker::Asker;
use super::super::frame::{Field, Frame};
use super::super::query::Query;
use super::{changes, window};
use crate::questions::error_groups::{ErrorGroup, ErrorGroups};

const USUAL: usize = 20;
/// Changed patterns that are looked through for those that fail.
const CHANGES: usize = 100;

pub async fn frame(asker: &Asker, query: &Query) -> Result<Frame, Refusal> {
    let mut parameters = window(query);
    parameters.push(("limit", query.limit.unwrap_or(USUAL).to_string()));
    let (errors, changes) = tokio::join!(
        asker.get::<ErrorGroups>("/api/v1/patterns", &parameters),
        changes::ask(asker, query, CHANGES)
    );
    let (errors, changes) = (errors?, changes?);
    // What changed says which of them were not there before.
    let changed: HashMap<(&str, &str), &str> = changes
        .log_groups
        .iter()
        .map(|group| {
            (
                (group.service.as_str(), group.pattern_id.as_str()),
                group.status.as_str(),
            )
        })
        .collect();
    let change = |group: &ErrorGroup| {
        let key = (group.service.as_str(), group.pattern_id.as_str());
        changed.get(&key).copied().unwrap_or_default().to_owned()
    };
    let frame = match query.is_series() {
        true => Frame::moment("error_patterns", query.to, counts(&errors.patterns, change)),
        false => Frame::table("error_patterns", columns(&errors.patterns, change)),
    };
    Ok(frame.noting(errors.warnings).noting(changes.warnings))
}

fn columns(groups: &[ErrorGroup], change: impl Fn(&ErrorGroup) -> String) -> Vec<Field> {
    vec![
        Field::text("service", groups.iter().map(|group| &group.service)),
        Field::text("route", groups.iter().map(|group| &group.route)),
        Field::text("status", groups.iter().map(|group| &group.status)),
        Field::text("pattern", groups.iter().map(|group| &group.pattern)),
        Field::text("change", groups.iter().map(change)),
        Field::number("count", "short", groups.iter().map(|group| group.count as f64)),
        Field::number("share", "percentunit", groups.iter().map(|group| group.share)),
        Field::number("traces", "short", groups.iter().map(|group| group.traces as f64)),
        Field::time("first_seen", groups.iter().map(|group| group.first_seen)),
        Field::time("last_seen", groups.iter().map(|group| group.last_seen)),
        Field::text("sample", groups.iter().map(|group| &group.sample)),
        Field::text("pattern_id", groups.iter().map(|group| &group.pattern_id)),
    ]
}

/// Of each service, the lines that fail and how many of their patterns are new.
fn counts(groups: &[ErrorGroup], change: impl Fn(&ErrorGroup) -> String) -> Vec<Field> {
    let mut by_service: BTreeMap<&str, (f64, std::collections::BTreeSet<&str>)> = BTreeMap::new();
    // The last row may stand for others, which have no pattern.
    for group in groups.iter().filter(|group| !group.pattern_id.is_empty()) {
        let (count, new) = by_service.entry(&group.service).or_default();
        *count += group.count as f64;
        if change(group) == "new" {
            new.insert(&group.pattern_id);
        }
    }
    let fields = by_service.into_iter().flat_map(|(service, (count, new))| {
        [
            Field::number("new_patterns", "short", [new.len() as f64]).labelled([("service", service.to_owned())]),
            Field::number("errors", "short", [count]).labelled([("service", service.to_owned())]),
        ]
    });
    fields.collect()
}
