//! Windows without an incident: nobody should be accused with much confidence.

use jiff::Timestamp;
use kulprit_clickhouse::Client;

use super::recorded::HISTORY;
use super::trial::ask;

/// A quiet window, and who was accused with how much confidence.
pub struct Quiet {
    from: Timestamp,
    accused: Option<(String, f64)>,
}

pub async fn ask_all(client: &Client, windows: &[(Timestamp, Timestamp)]) -> anyhow::Result<Vec<Quiet>> {
    let mut found = Vec::new();
    for (from, to) in windows {
        let answer = ask(client, *from, *to, HISTORY).await?;
        found.push(Quiet {
            from: *from,
            accused: answer.root_cause.map(|cause| (cause.sentence, cause.confidence)),
        });
    }
    Ok(found)
}

pub fn show(mut found: Vec<Quiet>) {
    let confidence = |quiet: &Quiet| quiet.accused.as_ref().map_or(0.0, |(_, confidence)| *confidence);
    found.sort_by(|a, b| confidence(b).total_cmp(&confidence(a)));
    let beyond = |least: f64| found.iter().filter(|quiet| confidence(quiet) > least).count();
    println!(
        "windows without an incident: {}; somebody named: {}; confidence above 50 %: {}, above 30 %: {}, above 10 %: {}; the surest:",
        found.len(),
        found.iter().filter(|quiet| quiet.accused.is_some()).count(),
        beyond(50.0),
        beyond(30.0),
        beyond(10.0),
    );
    for quiet in found.iter().take(5) {
        let sentence = quiet
            .accused
            .as_ref()
            .map_or("nobody", |(sentence, _)| sentence.as_str());
        println!("  {:5.1} %  from {}  {sentence}", confidence(quiet), quiet.from);
    }
}
