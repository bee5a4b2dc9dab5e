//! What the people of an org have decided about patterns: to call one by a name, to leave it out of rankings.

use std::collections::HashMap;
use std::time::Duration;

use clickhouse::Row;
use kulprit_clickhouse::{Client, Options, Statement, Value};
use kulprit_request::{Asked, Known, ValueKind, if_there};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// More decisions of one org are not taken: all of them travel with each of its questions.
const MOST: u32 = 500;
const LONGEST_NAME: usize = 100;
/// How long an answer may go by decisions that another process has changed since.
const REMEMBERED: Duration = Duration::from_secs(2);

/// What an org has decided about a pattern. With neither a name nor `ignored`, the pattern is as it was before anybody decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Choice {
    pub org: String,
    /// A 64-bit id as text, as in answers.
    pub pattern_id: String,
    /// What the org calls it; empty where it has no name.
    pub name: String,
    /// Whether the org's rankings leave it out. Its lines still count in totals.
    pub ignored: bool,
    /// Its text when somebody decided about it.
    pub pattern: String,
}

/// A decision as it is stored; the columns are explained in the SQL file's header.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
struct ChoiceRow {
    pattern_id: u64,
    ignored: u8,
    name: String,
    pattern: String,
}

/// The decisions of an org in the form in which an answer needs them.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    pub ignored: Vec<u64>,
    pub names: HashMap<u64, String>,
}

impl Choice {
    /// What the body of a `PUT` may hold.
    pub const FIELDS: &[Known] = &[
        Known::text("org", "Whose decision it is").needed(),
        Known::text("pattern_id", "The pattern, as an answer names it").needed(),
        Known::text(
            "name",
            "What to call it, in one line; left out or empty: it has no name",
        ),
        Known::text("ignored", "true: the org's rankings leave it out (false unless given)").of(ValueKind::Flag),
        Known::text("pattern", "Its text as the answer showed it, for the list of decisions"),
    ];

    /// Checks the body of a `PUT`.
    pub fn new(body: &Asked) -> Result<Self> {
        let (org, pattern_id) = (body.text("org")?, body.text("pattern_id")?);
        if pattern_id.parse::<u64>().is_err() {
            return Err(body.refused(
                "pattern_id",
                "is no pattern's id: give the digits that an answer names it by",
            ));
        }
        let name = body.text_or_empty("name")?.trim().to_owned();
        if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(body.refused("name", format!("give one line of at most {LONGEST_NAME} characters")));
        }
        Ok(Self {
            org,
            pattern_id,
            name,
            ignored: body.flag("ignored")?,
            pattern: body.text_or_empty("pattern")?,
        })
    }

    /// Stores it in place of what the org had decided before. Errors: the org has decided about too many patterns.
    pub async fn put(&self, client: &Client) -> Result<()> {
        let others = list(client, &self.org).await?;
        let others = others.iter().filter(|known| known.pattern_id != self.pattern_id);
        let is_void = self.name.is_empty() && !self.ignored;
        if !is_void && others.count() >= MOST as usize {
            return Err(Error::field(
                "pattern_id",
                format!("the org has decided about {MOST} patterns already: take some of that back first"),
            ));
        }
        client.execute(&self.statement()?).await
    }

    fn statement(&self) -> Result<Statement> {
        let pattern_id: u64 = self.pattern_id.parse().unwrap_or_default();
        let params: [(&str, Value); 5] = [
            ("org", self.org.as_str().into()),
            ("pattern_id", pattern_id.into()),
            ("ignored", u32::from(self.ignored).into()),
            ("name", self.name.as_str().into()),
            ("pattern", self.pattern.as_str().into()),
        ];
        Statement::query("log_changes/put_choice", &Options::default(), params)
    }
}

/// What an org has decided, by the patterns' ids.
pub async fn list(client: &Client, org: &str) -> Result<Vec<Choice>> {
    let choice = |row: ChoiceRow| Choice {
        org: org.to_owned(),
        pattern_id: row.pattern_id.to_string(),
        name: row.name,
        ignored: row.ignored != 0,
        pattern: row.pattern,
    };
    Ok(client.rows(&statement(org)?).await?.into_iter().map(choice).collect())
}

/// What an org has decided; nothing of no org.
pub(super) async fn of(client: &Client, org: &str) -> Result<Choices> {
    if org.is_empty() {
        return Ok(Choices::default());
    }
    // A user who may only read the log table has no table of decisions.
    let rows = client.rows_remembered(&statement(org)?, REMEMBERED).await;
    let rows: Vec<ChoiceRow> = if_there(rows)?.unwrap_or_default();
    let ignored = rows.iter().filter(|row| row.ignored != 0);
    Ok(Choices {
        ignored: ignored.map(|row| row.pattern_id).collect(),
        names: rows
            .into_iter()
            .filter(|row| !row.name.is_empty())
            .map(|row| (row.pattern_id, row.name))
            .collect(),
    })
}

fn statement(org: &str) -> Result<Statement> {
    let params: [(&str, Value); 2] = [("org", org.into()), ("most", MOST.into())];
    Statement::query("log_changes/choices", &Options::default(), params)
}
