//! Lists and searches incidents, page by page.

use jiff::Timestamp;
use minijinja::Value as Safe;
use rusqlite::{Connection, ToSql};
use serde::{Deserialize, Serialize};

use super::cursor::Cursor;
use super::filter::Filter;
use super::model::Incident;
use super::sql;
use crate::failure::Stored;

/// One page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Page {
    pub incidents: Vec<Incident>,
    /// Where the next page begins; null on the last.
    pub next_cursor: Option<String>,
}

/// One page of the org's incidents.
pub(super) fn list(connection: &Connection, org: &str, filter: &Filter) -> Stored<Page> {
    let json = |items: Vec<&str>| serde_json::json!(items).to_string();
    let states = json(filter.states.iter().map(|state| state.name()).collect());
    let severities = json(filter.severities.iter().map(|severity| severity.name()).collect());
    let services = json(filter.services.iter().map(String::as_str).collect());
    let labels = json(filter.labels.iter().map(String::as_str).collect());
    let label_count = filter.labels.len();
    let opened_from = filter.opened_from.map(Timestamp::as_millisecond);
    let opened_to = filter.opened_to.map(Timestamp::as_millisecond);
    // One more than asked for tells whether there is another page.
    let limit = filter.limit + 1;
    let text = sql::render("list", &options(filter))?;
    let mut statement = connection.prepare_cached(&text)?;
    let mut values: Vec<(&str, &dyn ToSql)> = vec![(":org", &org), (":limit", &limit)];
    if !filter.states.is_empty() {
        values.push((":states", &states));
    }
    if !filter.severities.is_empty() {
        values.push((":severities", &severities));
    }
    if !filter.services.is_empty() {
        values.push((":services", &services));
    }
    if !filter.labels.is_empty() {
        values.extend([
            (":labels", &labels as &dyn ToSql),
            (":label_count", &label_count as &dyn ToSql),
        ]);
    }
    if opened_from.is_some() {
        values.push((":opened_from", &opened_from));
    }
    if opened_to.is_some() {
        values.push((":opened_to", &opened_to));
    }
    if filter.words.is_some() {
        values.push((":words", &filter.words));
    }
    if let Some(after) = &filter.after {
        values.extend([
            (":after_key", &after.key as &dyn ToSql),
            (":after_seq", &after.seq as &dyn ToSql),
        ]);
    }
    let mut rows = statement.query(values.as_slice())?;
    let mut page = Page {
        incidents: vec![],
        next_cursor: None,
    };
    let mut last = None;
    while let Some(row) = rows.next()? {
        if page.incidents.len() == filter.limit as usize {
            page.next_cursor = last.map(|last: Cursor| last.encode());
            break;
        }
        let incident = Incident::from_row(row)?;
        last = Some(Cursor {
            sort: filter.sort,
            key: row.get("sort_key")?,
            seq: incident.seq,
        });
        page.incidents.push(incident);
    }
    Ok(page)
}

/// Which conditions the statement has.
fn options(filter: &Filter) -> Safe {
    minijinja::context! {
        key => Safe::from_safe_string(filter.sort.key.column().to_owned()),
        descending => filter.sort.is_descending,
        states => !filter.states.is_empty(),
        severities => !filter.severities.is_empty(),
        services => !filter.services.is_empty(),
        labels => !filter.labels.is_empty(),
        opened_from => filter.opened_from.is_some(),
        opened_to => filter.opened_to.is_some(),
        words => filter.words.is_some(),
        after => filter.after.is_some(),
    }
}
