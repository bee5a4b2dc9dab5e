//! Asks in the cheapest way that is exact: the rollup where it can, the log table where it must.

use std::time::Duration;

use super::answer::PatternChange;
use super::answer::{Answer, Frame, answer};
use super::choices::{self, Choices};
use super::question::{PatternChanges, Source};
use super::quiet::{self, Quiet};
use super::rare::{self, Known};
use super::services_answer::{ChangedService, ranked};
use super::services_question::ServiceChanges;
use crate::Result;
use crate::questions::degrade::{Sources, wants_twin};
use crate::questions::{Analyzer, differences};
use crate::rollups::logs::{self, Cells, Uncounted};
use crate::scope::Scope;
use crate::sources::Kind;

/// Which patterns changed, and, where that is asked, what sets their lines apart.
pub async fn changes(
    analyzer: &Analyzer,
    question: &PatternChanges,
    scope: Scope,
    with_differences: bool,
) -> Result<Answer> {
    let (analyzer, gathered) = analyzer.gather(&question.needs()).await?;
    gathered.need(Kind::LogLines)?;
    let mut answer = pattern_changes(&analyzer, question, scope).await?;
    if with_differences {
        differences::add_to(&mut answer, &analyzer, question).await?;
    }
    gathered.tell(&mut answer.sources, &mut answer.warnings);
    Ok(answer)
}

/// How long an answer is remembered while the log table's parts stay as they are: another process may change the catalog.
const REMEMBERED: Duration = Duration::from_secs(5);

/// Which patterns changed. Falls back to plain SQL over the log table where Kulprit's tables or functions cannot be used.
///
/// A baseline just before the window that is not quiet is replaced by the last stretch that was.
async fn pattern_changes(analyzer: &Analyzer, question: &PatternChanges, scope: Scope) -> Result<Answer> {
    let (choices, cheapest) = tokio::join!(
        Box::pin(choices::of(analyzer.client(), &scope.org)),
        Box::pin(source(analyzer, question))
    );
    let mut frame = Frame {
        scope,
        choices: choices?,
        window: question.current,
        baseline: question.baseline.clone(),
        patterns: "udf",
        unit: analyzer.config().server.relative_change,
        limit: question.limit,
        warnings: vec![],
        quiet: None,
        unquiet_since: None,
        asked: None,
        known: Known::default(),
    };
    let by_function = match cheapest {
        Ok(source) => ask(analyzer, question, source, &frame.choices).await,
        Err(error) => Err(error),
    };
    let mut rows = match by_function {
        Err(error) if wants_twin(&error) => {
            let rows = ask(analyzer, question, Source::Raw, &frame.choices).await?;
            frame.patterns = "sql";
            // The reason names tables and users: it is for the operator, not for whoever asks.
            tracing::warn!(%error, "answering from the raw rows, since Kulprit's tables or functions cannot be used");
            frame.warnings.push(
                "patterns are masked by plain SQL over the raw rows, since Kulprit's tables or functions cannot be used: `kulprit doctor` says why"
                    .to_owned(),
            );
            rows
        }
        other => other?,
    };
    match quiet::judge(&rows, &question.slices(frame.patterns == "sql")) {
        Quiet::Unknown => {}
        Quiet::Yes => frame.quiet = Some(true),
        Quiet::No(onset) => {
            (frame.quiet, frame.unquiet_since) = (Some(false), Some(onset.since));
            let asked = question.baseline.first;
            let stretch = onset.last_quiet(&asked).filter(|_| question.is_against_previous());
            if let Some(stretch) = stretch {
                let again = PatternChanges {
                    baseline: stretch.into(),
                    ..question.clone()
                };
                let source = match frame.patterns {
                    "sql" => Source::Raw,
                    _ => source(analyzer, &again).await?,
                };
                rows = ask(analyzer, &again, source, &frame.choices).await?;
                (frame.baseline, frame.asked) = (again.baseline, Some(asked));
            }
            frame.warnings.push(onset.warning(&asked, stretch.as_ref()));
        }
    }
    if frame.patterns == "udf" {
        frame.known = known(analyzer, question, &rows, &mut frame.warnings).await?;
    }
    Ok(answer(rows, frame))
}

/// The services, the one least like its own past first. Reads the log table: the rollup knows no requests.
pub async fn service_changes(analyzer: &Analyzer, question: &ServiceChanges) -> Result<Vec<ChangedService>> {
    let (analyzer, gathered) = analyzer.gather(&question.needs()).await?;
    gathered.need(Kind::LogLines)?;
    let statement = question.statement(&analyzer.config().logs)?;
    Ok(ranked(analyzer.client().rows(&statement).await?))
}

/// Asks about the patterns that are too rare to be tested and the services without a past, where there are any.
async fn known(
    analyzer: &Analyzer,
    question: &PatternChanges,
    rows: &[PatternChange],
    warnings: &mut Vec<String>,
) -> Result<Known> {
    let Some(statement) = rare::statement(&analyzer.config().logs, &question.current, rows)? else {
        return Ok(Known::default());
    };
    let mut sources = Sources::default();
    let found = sources.read(
        analyzer.client().rows(&statement).await,
        "whether rare patterns were seen before",
    )?;
    warnings.extend(sources.warnings());
    Ok(Known::new(found.unwrap_or_default()))
}

/// From what Kulprit's functions answer: the rollup where it counts all that is asked about, else both.
async fn source(analyzer: &Analyzer, question: &PatternChanges) -> Result<Source> {
    let client = analyzer.client();
    let covered_from = logs::covered_from(client).await?;
    // The rollup knows no attributes.
    let covered_from = covered_from.filter(|_| question.attributes.is_empty());
    if let Some(covered_from) = covered_from
        && let Uncounted::Some(uncounted) =
            logs::uncounted(client, &analyzer.config().logs, &question.looked_at()).await?
    {
        let mut windows = question.baseline.windows().chain([&question.current]);
        let is_whole = windows.all(|window| window.is_whole_minutes());
        if uncounted.is_empty() && is_whole && covered_from <= question.earliest() {
            return Ok(Source::Rollup(uncounted.state));
        }
        return Ok(Source::Mixed {
            covered_from: Some(covered_from),
            uncounted,
        });
    }
    Ok(Source::Mixed {
        covered_from: None,
        uncounted: Cells::default(),
    })
}

async fn ask(
    analyzer: &Analyzer,
    question: &PatternChanges,
    source: Source,
    choices: &Choices,
) -> Result<Vec<PatternChange>> {
    let config = analyzer.config();
    let state = match source {
        Source::Rollup(state) => state,
        Source::Mixed { .. } | Source::Raw => None,
    };
    let statement = question.statement_ignoring(&choices.ignored, &config.logs, source, config.analysis.divergence)?;
    match state {
        Some(state) => analyzer.client().rows_of_state(&statement, state, REMEMBERED).await,
        None => analyzer.client().rows(&statement).await,
    }
}
