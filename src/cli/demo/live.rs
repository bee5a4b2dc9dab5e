//! `kulprit demo --otlp`: the shop as it happens, to a collector.

use std::time::Duration;

use anyhow::{Context as _, Result};
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use jiff::Timestamp;
use tokio::sync::watch;

use super::DemoArgs;
use crate::cli::{notice, print, serve};
use crate::demo::collector::{Collector, Taken};
use crate::demo::meters::INTERVAL;
use crate::demo::plan::{INCIDENT_MINUTES, Plan, instant};
use crate::demo::simulation::Simulation;
use crate::http::server::stopped;
use kulprit_request::time;

/// How long the shop is open where nobody says: ten minutes without a fault, and ten with one.
const USUAL_MINUTES: u32 = 2 * INCIDENT_MINUTES;

pub async fn run(args: &DemoArgs, url: &str) -> Result<()> {
    let stop = serve::stop_signal()?;
    let now = Timestamp::now();
    let minutes = args.minutes.unwrap_or(USUAL_MINUTES);
    let end = match &args.at {
        Some(at) => time::parse("--at", at, now)?,
        None => now + Duration::from_secs(60 * u64::from(minutes)),
    };
    let plan = Plan::new(args.seed, end, minutes, args.rate.into());
    let collector = Collector::new(url, &args.otlp_headers)?;
    notice(format_args!(
        "sending the shop to {url}, as it happens from {} to {}; its incident begins at {}",
        instant(plan.start),
        instant(plan.end),
        instant(plan.incident)
    ));
    let (taken, is_whole) = send(&plan, collector, stop).await?;
    let Taken {
        spans,
        lines,
        points,
        refused,
    } = taken;
    notice(format_args!(
        "sent {spans} spans, {lines} log lines and {points} metric points"
    ));
    if refused > 0 {
        notice(format_args!(
            "the collector refused {refused} of them: its log says why"
        ));
    }
    match is_whole {
        true => print(&report(&plan)),
        false => {
            notice("stopped before the end");
            Ok(())
        }
    }
}

/// Sends each slice when its time has come, at once where it has passed; how much, and whether all.
async fn send(plan: &Plan, mut collector: Collector, stop: watch::Receiver<bool>) -> Result<(Taken, bool)> {
    let style = ProgressStyle::with_template("the shop {wide_bar} {percent}%  {msg}")?;
    // Without a terminal the bar draws nothing.
    let bar = ProgressBar::new(Simulation::slices(plan)).with_style(style);
    let mut all = Taken::default();
    let mut simulation = Simulation::new(plan);
    for number in 1_i64.. {
        let due = instant(plan.start + number * INTERVAL);
        let wait = Duration::try_from(due.duration_since(Timestamp::now())).unwrap_or_default();
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stopped(stop.clone()) => return Ok((all, false)),
        }
        let Some(slice) = simulation.next() else { break };
        let sending = tokio::task::spawn_blocking(move || {
            let taken = collector.send(&slice);
            (collector, taken)
        });
        let (back, taken) = tokio::select! {
            sent = sending => sent.context("send the shop's telemetry")?,
            () = stopped(stop.clone()) => return Ok((all, false)),
        };
        collector = back;
        let taken = taken?;
        all.spans += taken.spans;
        all.lines += taken.lines;
        all.points += taken.points;
        all.refused += taken.refused;
        bar.inc(1);
        let phase = if due > instant(plan.incident) {
            "the incident is on"
        } else {
            "all is well"
        };
        bar.set_message(format!("{phase}, {} spans sent", HumanCount(all.spans)));
    }
    bar.finish_and_clear();
    Ok((all, true))
}

fn report(plan: &Plan) -> String {
    let (from, to) = (plan.incident_window().from, plan.incident_window().to);
    format!(
        "The shop's incident lasted from {from} to {to}: a reconciliation job of payment took database connections and never gave them back. The culprit is \
         payment; checkout and frontend were hurt.\n\nOnce the collector has stored it, ask Kulprit where it is stored:\n\n  \
         kulprit analyze --from {from} --to {to}\n  kulprit correlate --from {from} --to {to}\n"
    )
}
