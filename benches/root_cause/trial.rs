//! One question about one incident, and how it was answered.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use kulprit::config::Config;
use kulprit::questions::root_cause::Answer;
use kulprit::questions::root_cause::Correlate;
use kulprit::questions::root_cause::correlate;
use kulprit::setup;
use kulprit_clickhouse::{Client, Endpoint};
use kulprit_request::Asked;

use super::common::{Bed, statement};
use super::ranking::{Trial, rank_of};

/// An incident whose cause is known.
pub struct Incident {
    pub id: String,
    pub fault: String,
    pub cause: String,
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Incident {
    /// The same with a window that begins and ends so many seconds later.
    pub fn moved(&self, from: i64, to: i64) -> Self {
        Self {
            id: self.id.clone(),
            fault: self.fault.clone(),
            cause: self.cause.clone(),
            from: self.from + SignedDuration::from_secs(from),
            to: self.to + SignedDuration::from_secs(to),
        }
    }

    /// Asks and judges.
    pub async fn tried(&self, client: &Client, history: &str) -> anyhow::Result<(Trial, Answer, Duration)> {
        let start = Instant::now();
        let answer = ask(client, self.from, self.to, history).await?;
        let trial = Trial {
            rank: rank_of(&self.cause, &names(&answer)),
            confidence: answer.root_cause.as_ref().map_or(0.0, |cause| cause.confidence),
            is_named: answer.root_cause.is_some(),
        };
        Ok((trial, answer, start.elapsed()))
    }

    pub fn show(&self, trial: &Trial, answer: &Answer, took: Duration) {
        let rank = trial.rank.map_or_else(|| "-".to_owned(), |rank| rank.to_string());
        let first = answer.root_cause.as_ref().map_or("", |cause| cause.sentence.as_str());
        println!(
            "{:<12} {:<16} {:<28} {rank:>5} {:>10.1}% {:>8.2}  {first}",
            self.id,
            self.fault,
            self.cause,
            trial.confidence,
            took.as_secs_f64(),
        );
    }
}

pub fn show_head() {
    println!("incident     fault            root cause                    rank  confidence  seconds  first suspect");
}

pub async fn ask(client: &Client, from: Timestamp, to: Timestamp, history: &str) -> anyhow::Result<Answer> {
    let (from, to) = (from.to_string(), to.to_string());
    let asked = Asked::flags([("from", from.as_str()), ("to", &to), ("history", history)]);
    let question = Correlate::new(&asked, Timestamp::now())?;
    let answer = correlate(client, &Config::default(), &question).await?;
    // A source that is missing is part of some questions; a statement that ClickHouse does not take is a mistake.
    let refused = answer.warnings.iter().find(|warning| warning.contains("query failed"));
    anyhow::ensure!(refused.is_none(), "{refused:?}");
    Ok(answer)
}

pub fn names(answer: &Answer) -> Vec<String> {
    answer.suspects.iter().map(|suspect| suspect.service.clone()).collect()
}

/// A new database; with the product's tables in it, if asked for.
pub async fn database(bed: &Bed, name: &str, with_tables: bool) -> anyhow::Result<Client> {
    let create = format!("CREATE DATABASE {name}");
    bed.client.execute(&statement(&create, vec![])).await?;
    let endpoint = Endpoint {
        database: name.to_owned(),
        ..bed.client.endpoint().clone()
    };
    let client = Client::new(endpoint, Duration::from_secs(600));
    if with_tables {
        setup::apply(&Config::default(), &client).await?;
    }
    Ok(client)
}
