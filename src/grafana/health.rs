//! The health check behind Grafana's *Save & test*: what the doctor finds.

use super::instances::{Absent, Instances};
use super::messages::{HealthRequest, HealthResponse, HealthStatus};
use crate::doctor::{Check, Report, Verdict, examine};

/// Examines what the settings in the request lead to.
pub async fn check(instances: &Instances, request: HealthRequest) -> HealthResponse {
    let context = request.context.unwrap_or_default();
    let checks = match instances.of(&context).await {
        Ok(instance) => examine(&instance.app.config, instance.app.analyzer().client()).await,
        Err(absent) => vec![finding(&absent)],
    };
    answer(&Report::new(checks))
}

fn finding(absent: &Absent) -> Check {
    match absent {
        Absent::Settings(error) => Check::problem("settings", error.to_string(), "mend what the message names"),
        Absent::Starting => Check::problem("reachability", absent.error().to_string(), "test again in a minute"),
        Absent::Failed(error) => Check::problem(
            "reachability",
            format!("{error:#}"),
            "mend what the message says, or give the address of a ClickHouse",
        ),
    }
}

fn answer(report: &Report) -> HealthResponse {
    let said = |check: &Check| match &check.advice {
        Some(advice) => format!("{}: {}: {advice}", check.check, check.found),
        None => check.found.clone(),
    };
    let problems: Vec<String> = report
        .checks
        .iter()
        .filter(|check| check.verdict == Verdict::Problem)
        .map(said)
        .collect();
    let found = report
        .checks
        .first()
        .map(|check| check.found.as_str())
        .unwrap_or_default();
    let (status, message) = match problems.is_empty() {
        true => (HealthStatus::Ok, format!("{found} ({})", report.counts())),
        false => (HealthStatus::Error, problems.join("; ")),
    };
    HealthResponse {
        status: status.into(),
        message,
        // Plain values, which JSON can hold.
        details: serde_json::to_vec(report).unwrap_or_default(),
    }
}
