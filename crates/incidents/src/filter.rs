//! What to list and in which order, from the values of a query string.

use jiff::Timestamp;
use serde::Deserialize;

use super::cursor::Cursor;
use super::lifecycle::State;
use super::model::Severity;
use crate::{Error, Result};
use kulprit_request::{Asked, time};

const DEFAULT_LIMIT: u32 = 50;
const MOST: u32 = 500;
/// The most words that one search may have.
const WORDS: usize = 10;
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

    pub(super) fn column(self) -> &'static str {
        match self {
            // Grows with it, and with the order of creation within a millisecond.
            Self::OpenedAt => "i.place",
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

impl Filter {
    /// Whether more than words and the time say which incidents are meant, so that most of those that hold the words may not be.
    pub(super) fn is_selective(&self) -> bool {
        let are_empty =
            self.states.is_empty() && self.severities.is_empty() && self.services.is_empty() && self.labels.is_empty();
        !are_empty
    }
}

impl ListRequest {
    /// Reads a query string's values.
    pub fn read(asked: &Asked) -> Result<Self> {
        let text = |name: &str| asked.text_or_empty(name);
        Ok(Self {
            state: text("state")?,
            severity: text("severity")?,
            service: text("service")?,
            label: text("label")?,
            from: text("from")?,
            to: text("to")?,
            q: text("q")?,
            sort: text("sort")?,
            limit: text("limit")?,
            cursor: text("cursor")?,
        })
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
