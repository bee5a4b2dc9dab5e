//! Asks what sets lines or requests apart: one statement an answer.

use super::answer::{Difference, Differences, Group, HeldTo, group};
use super::question::{Lines, PatternGroup, Requests};
use super::request::{Asked, Of};
use super::rows::DifferenceRow;
use crate::Result;
use crate::questions::Analyzer;
use crate::questions::degrade::wants_twin;
use crate::questions::log_changes::{self, PatternChanges};

/// Differences of each pattern of an answer.
const MOST_OF_PATTERN: usize = 5;
/// Differences of a window beside its patterns.
const MOST_OF_WINDOW: usize = 10;

/// What a caller asks; the services are those that it may see, and `attributes` what its lines must carry.
pub async fn find(analyzer: &Analyzer, asked: &Asked, attributes: Vec<(String, String)>) -> Result<Differences> {
    let (analyzer, gathered) = analyzer.gather(&asked.needs()).await?;
    gathered.need(asked.kind())?;
    let mut answer = found(&analyzer, asked, attributes).await?;
    gathered.tell(&mut answer.sources, &mut answer.warnings);
    Ok(answer)
}

async fn found(analyzer: &Analyzer, asked: &Asked, attributes: Vec<(String, String)>) -> Result<Differences> {
    let limit = asked.limit as usize;
    let lines = Lines {
        current: asked.current,
        baseline: asked.baseline.clone(),
        services: asked.services.clone(),
        attributes,
    };
    match (asked.of, asked.pattern_id) {
        (Of::Requests, _) => {
            let question = Requests {
                window: asked.current,
                services: asked.services.clone(),
            };
            of_requests(analyzer, &question, limit).await
        }
        (Of::Lines, None) => of_window(analyzer, &lines, limit).await,
        (Of::Lines, Some(pattern_id)) => {
            // Whether it is gone is known when it has been asked: so both are.
            let groups = [false, true].map(|is_gone| PatternGroup {
                pattern_id,
                service: None,
                is_gone,
            });
            let (found, mut warnings) = of_patterns(analyzer, &lines, &groups, None, limit).await?;
            let mut found = found.into_iter().flatten().filter(|group| group.count > 0);
            let found = found.next();
            if found.is_none() {
                warnings.push("neither window holds a line of this pattern in this scope".to_owned());
            }
            Ok(answer(found, HeldTo::Pattern, &lines, warnings))
        }
    }
}

/// What sets the lines of a window apart from those of its baseline.
pub async fn of_window(analyzer: &Analyzer, lines: &Lines, limit: usize) -> Result<Differences> {
    let statement = lines.statement(&analyzer.config().logs)?;
    let rows: Vec<DifferenceRow> = analyzer.client().rows(&statement).await?;
    let mut warnings = vec![];
    let found = group(&rows, |_| HeldTo::Baseline, limit);
    let (count, usual) = found.as_ref().map_or((0, 0), |group| (group.count, group.usual_count));
    if count == 0 {
        warnings.push("the window holds no log lines in this scope".to_owned());
    }
    if usual == 0 {
        warnings
            .push("the baseline window holds no log lines in this scope: nothing can be set apart from it".to_owned());
    }
    Ok(answer(found, HeldTo::Baseline, lines, warnings))
}

/// What sets the requests that failed apart from the others of the window.
pub async fn of_requests(analyzer: &Analyzer, question: &Requests, limit: usize) -> Result<Differences> {
    let rows: Vec<DifferenceRow> = analyzer.client().rows(&question.statement()?).await?;
    let found = group(&rows, |_| HeldTo::OtherRequests, limit);
    let (failed, others) = found.as_ref().map_or((0, 0), |group| (group.count, group.usual_count));
    let mut warnings = vec![];
    if failed + others == 0 {
        warnings.push("the window holds no requests in this scope".to_owned());
    } else if failed == 0 {
        warnings.push("no request of the window failed in this scope".to_owned());
    }
    let group = found.unwrap_or_else(|| empty(HeldTo::OtherRequests));
    Ok(Differences {
        differences: group.differences,
        held_to: group.held_to,
        count: group.count,
        usual_count: group.usual_count,
        left_out: group.left_out,
        window: question.window,
        baseline: None,
        warnings: [warnings, group.warnings].concat(),
        sources: None,
    })
}

/// What sets the lines of each pattern apart; nothing where it has none. `is_raw` says whose ids they are: of the plain SQL mask, of the
/// catalog, or (none) of whichever can be read. The warnings say where the mask answered.
pub async fn of_patterns(
    analyzer: &Analyzer,
    lines: &Lines,
    groups: &[PatternGroup],
    is_raw: Option<bool>,
    limit: usize,
) -> Result<(Vec<Option<Group>>, Vec<String>)> {
    let ask = async |is_raw: bool| -> Result<Vec<DifferenceRow>> {
        let statement = lines.statement_of_patterns(groups, is_raw, &analyzer.config().logs)?;
        analyzer.client().rows(&statement).await
    };
    let mut warnings = vec![];
    let rows = match ask(is_raw == Some(true)).await {
        Err(error) if is_raw.is_none() && wants_twin(&error) => {
            tracing::warn!(%error, "patterns are told by plain SQL, since Kulprit's tables or functions cannot be used");
            warnings.push(
                "patterns are masked by plain SQL, since Kulprit's tables or functions cannot be used: `kulprit doctor` says why"
                    .to_owned(),
            );
            ask(true).await?
        }
        other => other?,
    };
    let found = groups.iter().zip(0_u32..).map(|(asked, number)| {
        let first = rows.partition_point(|row| row.group_id < number);
        let after = rows.partition_point(|row| row.group_id <= number);
        let held_to = |all: &DifferenceRow| match (asked.is_gone, all.usual_is_own) {
            (true, _) => HeldTo::ServiceNow,
            (false, 0) => HeldTo::Service,
            (false, _) => HeldTo::Pattern,
        };
        group(&rows[first..after], held_to, limit)
    });
    Ok((found.collect(), warnings))
}

/// Adds to the answer about `question` what sets the lines of its changed patterns, and the window as a whole, apart.
pub async fn add_to(answer: &mut log_changes::Answer, analyzer: &Analyzer, question: &PatternChanges) -> Result<()> {
    let lines = Lines {
        current: question.current,
        // A baseline that is not quiet was replaced.
        baseline: match answer.baseline.asked {
            Some(_) => answer.baseline.window.into(),
            None => question.baseline.clone(),
        },
        services: question.services.clone(),
        attributes: question.attributes.clone(),
    };
    let (changed, groups): (Vec<usize>, Vec<PatternGroup>) = answer
        .log_groups
        .iter()
        .enumerate()
        .filter(|(_, group)| group.status != "same")
        .filter_map(|(index, group)| {
            let group = PatternGroup {
                pattern_id: group.pattern_id.parse().ok()?,
                service: Some(group.service.clone()),
                is_gone: group.status == "gone",
            };
            Some((index, group))
        })
        .unzip();
    // Of the services that have such patterns, no others are read.
    let mut services: Vec<String> = groups.iter().filter_map(|group| group.service.clone()).collect();
    services.sort();
    services.dedup();
    let of_groups = Lines {
        services,
        ..lines.clone()
    };
    let is_raw = Some(answer.patterns == "sql");
    let of_groups = async {
        if groups.is_empty() {
            return Ok((vec![], vec![]));
        }
        of_patterns(analyzer, &of_groups, &groups, is_raw, MOST_OF_PATTERN).await
    };
    let (window, of_groups) = tokio::try_join!(of_window(analyzer, &lines, MOST_OF_WINDOW), of_groups)?;
    for group in &mut answer.log_groups {
        group.differences = Some(vec![]);
    }
    for (index, found) in changed.into_iter().zip(of_groups.0) {
        let differences: Vec<Difference> = found.map_or_else(Vec::new, |group| group.differences);
        answer.log_groups[index].differences = Some(differences);
    }
    answer.differences = Some(window);
    Ok(())
}

fn empty(held_to: HeldTo) -> Group {
    Group {
        differences: vec![],
        held_to,
        count: 0,
        usual_count: 0,
        left_out: vec![],
        warnings: vec![],
    }
}

fn answer(found: Option<Group>, held_to: HeldTo, lines: &Lines, warnings: Vec<String>) -> Differences {
    let group = found.unwrap_or_else(|| empty(held_to));
    Differences {
        differences: group.differences,
        held_to: group.held_to,
        count: group.count,
        usual_count: group.usual_count,
        left_out: group.left_out,
        window: lines.current,
        baseline: Some(lines.baseline.first),
        warnings: [warnings, group.warnings].concat(),
        sources: None,
    }
}
