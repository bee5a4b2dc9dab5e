//! Lists and searches incidents: filters, orders, pages.

use std::collections::HashMap;

use jiff::Timestamp;
use minijinja::Value as Safe;
use rusqlite::{Connection, ToSql, named_params};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::cursor::Cursor;
use super::lifecycle::State;
use super::model::{Incident, Severity};
use super::sql;
use crate::query::time;
use crate::{Error, Result};

const DEFAULT_LIMIT: u32 = 50;
const MOST: u32 = 500;
/// The most words that one search may have.
const WORDS: usize = 10;
/// Up to so many hits are sorted; with more it is cheaper to walk the incidents in order and look each up.
const FEW: i64 = 2_000;

/// The query string of `GET /api/v1/incidents`. Several values of a filter are separated by commas.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ListRequest {
    pub state: String,
    pub severity: String,
    /// Any of these.
    pub service: String,
    /// All of these.
    pub label: String,
    /// Opened at or after.
    pub from: String,
    /// Opened before.
    pub to: String,
    /// Words of title, services, labels, assignee, notes and patterns; the beginning of a word will do.
    pub q: String,
    /// `opened_at`, `updated_at`, `severity` or `state`, with a `-` before it for the greatest first.
    pub sort: String,
    /// 1 to 500.
    pub limit: String,
    pub cursor: String,
}

/// What to list, validated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub states: Vec<State>,
    pub severities: Vec<Severity>,
    pub services: Vec<String>,
    pub labels: Vec<String>,
    pub opened_from: Option<Timestamp>,
    pub opened_to: Option<Timestamp>,
    /// A question in FTS5's language, made of quoted words.
    pub words: Option<String>,
    pub sort: Sort,
    pub limit: u32,
    pub after: Option<Cursor>,
}

/// An order of the list; equal keys stand in the order of their creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    pub key: SortKey,
    pub is_descending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    OpenedAt,
    UpdatedAt,
    Severity,
    State,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    pub incidents: Vec<Incident>,
    /// Where the next page begins; null on the last.
    pub next_cursor: Option<String>,
}

impl Default for Sort {
    fn default() -> Self {
        Self {
            key: SortKey::OpenedAt,
            is_descending: true,
        }
    }
}

impl SortKey {
    const ALL: [Self; 4] = [Self::OpenedAt, Self::UpdatedAt, Self::Severity, Self::State];

    fn name(self) -> &'static str {
        match self {
            Self::OpenedAt => "opened_at",
            Self::UpdatedAt => "updated_at",
            Self::Severity => "severity",
            Self::State => "state",
        }
    }

    fn column(self) -> &'static str {
        match self {
            Self::OpenedAt => "i.opened_at",
            Self::UpdatedAt => "i.updated_at",
            Self::Severity => "i.severity_rank",
            Self::State => "i.state_rank",
        }
    }
}

impl Sort {
    pub fn parse(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let (name, is_descending) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text, false),
        };
        Ok(Self {
            key: super::draft::choice("sort", name, &SortKey::ALL, SortKey::name)?,
            is_descending,
        })
    }

    /// As in a request.
    pub fn text(self) -> String {
        format!("{}{}", if self.is_descending { "-" } else { "" }, self.key.name())
    }
}

impl ListRequest {
    /// Reads a query string's values.
    pub fn read(parameters: &HashMap<String, String>) -> Result<Self> {
        read_parameters(parameters)
    }

    pub fn validate(&self, now: Timestamp) -> Result<Filter> {
        let instant = |field: &str, text: &str| match text {
            "" => Ok(None),
            text => time::parse(field, text, now).map(Some),
        };
        let sort = Sort::parse(&self.sort)?;
        let limit = match self.limit.as_str() {
            "" => DEFAULT_LIMIT,
            text => text
                .parse()
                .ok()
                .filter(|limit| (1..=MOST).contains(limit))
                .ok_or_else(|| Error::field("limit", format!("give a whole number from 1 to {MOST}")))?,
        };
        let states = listed(&self.state).map(|name| State::parse("state", name));
        let severities = listed(&self.severity).map(|name| Severity::parse("severity", name));
        Ok(Filter {
            states: states.collect::<Result<_>>()?,
            severities: severities.collect::<Result<_>>()?,
            services: listed(&self.service).map(str::to_owned).collect(),
            labels: super::draft::labels(listed(&self.label).map(str::to_owned).collect())?,
            opened_from: instant("from", &self.from)?,
            opened_to: instant("to", &self.to)?,
            words: question(&self.q)?,
            sort,
            limit,
            after: match self.cursor.as_str() {
                "" => None,
                text => Some(Cursor::decode(text, sort)?),
            },
        })
    }
}

/// A request from the values of a query string. Errors: one that it does not know.
pub(super) fn read_parameters<T: DeserializeOwned>(parameters: &HashMap<String, String>) -> Result<T> {
    serde_json::to_value(parameters)
        .and_then(serde_json::from_value)
        .map_err(|error| Error::Unreadable(format!("the query string: {error}")))
}

fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// The words as an FTS5 question in which nothing but the words has a meaning: each quoted, each may go on, all must be there.
fn question(text: &str) -> Result<Option<String>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let words: Vec<_> = text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(WORDS + 1)
        .map(|word| format!("\"{word}\"*"))
        .collect();
    match words.len() {
        0 => Err(Error::field("q", "holds no word: give some letters or digits")),
        count if count > WORDS => Err(Error::field("q", format!("holds more than {WORDS} words"))),
        _ => Ok(Some(words.join(" "))),
    }
}

/// One page of the org's incidents.
pub(super) fn list(connection: &Connection, org: &str, filter: &Filter) -> Result<Page> {
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
    let text = sql::render("list", &options(connection, filter)?)?;
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

/// The structure of the statement.
fn options(connection: &Connection, filter: &Filter) -> Result<Safe> {
    let words = match &filter.words {
        None => "",
        Some(words) if are_many(connection, words)? => "many",
        Some(_) => "few",
    };
    Ok(minijinja::context! {
        key => Safe::from_safe_string(filter.sort.key.column().to_owned()),
        descending => filter.sort.is_descending,
        states => !filter.states.is_empty(),
        severities => !filter.severities.is_empty(),
        services => !filter.services.is_empty(),
        labels => !filter.labels.is_empty(),
        opened_from => filter.opened_from.is_some(),
        opened_to => filter.opened_to.is_some(),
        words => words,
        after => filter.after.is_some(),
    })
}

fn are_many(connection: &Connection, words: &str) -> Result<bool> {
    let mut statement = connection.prepare_cached(&sql::text("words_are_many")?)?;
    Ok(statement.query_row(named_params! {":words": words, ":few": FEW}, |row| row.get(0))?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_made_of_words_and_nothing_else() {
        assert_eq!(question("  ").unwrap(), None);
        assert_eq!(
            question("time-out \"NEAR(x\" AND*").unwrap().unwrap(),
            "\"time\"* \"out\"* \"NEAR\"* \"x\"* \"AND\"*"
        );
        assert!(question("***").is_err());
        assert!(question(&"a ".repeat(11)).is_err());
    }

    #[test]
    fn a_wrong_filter_is_refused_with_its_name() {
        let now = Timestamp::now();
        for (field, value) in [
            ("state", "opened"),
            ("severity", "sev1"),
            ("from", "x"),
            ("sort", "-title"),
            ("limit", "0"),
            ("limit", "501"),
            ("limit", "ten"),
            ("cursor", "x"),
        ] {
            let request: ListRequest = serde_json::from_value(serde_json::json!({ field: value })).unwrap();
            let message = request.validate(now).unwrap_err().to_string();
            assert!(message.starts_with(field), "{message}");
        }
    }
}
