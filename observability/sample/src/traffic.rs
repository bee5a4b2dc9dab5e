//! `traffic`: requests to the service, in a known mix, and incidents.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Send requests to a service of `serve`, and break what it depends on now and then
///
/// The n-th request is the same in every run: of each hundred so many go to /error and so many to /slow, the others to /. When it ends, or is told to,
/// it prints as JSON what was answered.
#[derive(clap::Args)]
pub struct Args {
    /// The service, such as http://localhost:8081
    #[arg(long, value_name = "URL")]
    target: String,
    /// Requests a second
    #[arg(long, value_name = "N", default_value_t = 5.0)]
    rate: f64,
    /// End after so many requests; without, only when told to
    #[arg(long, value_name = "N")]
    requests: Option<u64>,
    /// Of each hundred requests, how many go to /error
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u64).range(0..=50))]
    errors: u64,
    /// Of each hundred requests, how many go to /slow
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(0..=50))]
    slow: u64,
    /// The service to break for an incident; without one all stays well
    #[arg(long, value_name = "URL")]
    breaks: Option<String>,
    /// Requests without a fault before each incident
    #[arg(long, value_name = "N", default_value_t = 3_000, value_parser = clap::value_parser!(u64).range(1..))]
    quiet: u64,
    /// Requests during each incident
    #[arg(long, value_name = "N", default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..))]
    incident: u64,
}

/// What was answered.
#[derive(Default, Serialize)]
struct Summary {
    sent: u64,
    /// Requests by path and status; status 0 stands for no answer.
    answers: Vec<Answers>,
    incidents: Vec<Incident>,
}

#[derive(Serialize)]
struct Answers {
    path: &'static str,
    status: u16,
    count: u64,
}

#[derive(Serialize)]
struct Incident {
    from: Timestamp,
    to: Option<Timestamp>,
}

struct Sender {
    args: Args,
    client: ureq::Agent,
    under_way: JoinSet<(&'static str, u16)>,
    counts: BTreeMap<(&'static str, u16), u64>,
    summary: Summary,
}

pub async fn run(args: Args) -> Result<()> {
    ensure!(
        args.rate.is_finite() && args.rate > 0.0 && args.rate <= 1_000.0,
        "--rate: must be above 0 and at most 1000"
    );
    ensure!(
        args.errors + args.slow <= 100,
        "--errors and --slow: must be at most 100 together"
    );
    let mut ticks = interval(Duration::from_secs_f64(1.0 / args.rate));
    // A machine that falls behind sends less, not everything at once.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut sender = Sender {
        args,
        client: ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(10)))
            .build()
            .into(),
        under_way: JoinSet::new(),
        counts: BTreeMap::new(),
        summary: Summary::default(),
    };
    let sent = tokio::select! {
        sent = sender.send(&mut ticks) => sent,
        stopped = crate::stopped() => stopped.map_err(Into::into),
    };
    sender.settle().await;
    let mended = sender.mend().await;
    println!("{}", sender.told()?);
    sent.and(mended)
}

impl Sender {
    async fn send(&mut self, ticks: &mut Interval) -> Result<()> {
        for number in 0..self.args.requests.unwrap_or(u64::MAX) {
            ticks.tick().await;
            let place = number % (self.args.quiet + self.args.incident);
            if place == 0 {
                self.mend().await?;
            } else if place == self.args.quiet {
                self.break_down().await?;
            }
            let path = self.path(number);
            let (client, url) = (
                self.client.clone(),
                format!("{}{path}", self.args.target.trim_end_matches('/')),
            );
            self.summary.sent += 1;
            self.under_way.spawn_blocking(move || {
                let status = client.get(&url).call().map(|response| response.status().as_u16());
                (path, status.unwrap_or_default())
            });
            while let Some(done) = self.under_way.try_join_next() {
                self.count(done.ok());
            }
        }
        Ok(())
    }

    /// Spreads the paths over each hundred requests.
    fn path(&self, number: u64) -> &'static str {
        match number % 100 * 37 % 100 {
            place if place < self.args.errors => "/error",
            place if place < self.args.errors + self.args.slow => "/slow",
            _ => "/",
        }
    }

    async fn break_down(&mut self) -> Result<()> {
        let Some(url) = self.args.breaks.clone() else {
            return Ok(());
        };
        self.settle().await;
        self.post(format!("{url}/break")).await?;
        self.summary.incidents.push(Incident {
            from: Timestamp::now(),
            to: None,
        });
        Ok(())
    }

    /// Ends the incident that is on, if there is one.
    async fn mend(&mut self) -> Result<()> {
        let Some(url) = self.args.breaks.clone() else {
            return Ok(());
        };
        if self
            .summary
            .incidents
            .last()
            .is_some_and(|incident| incident.to.is_none())
        {
            self.settle().await;
            self.post(format!("{url}/mend")).await?;
            if let Some(incident) = self.summary.incidents.last_mut() {
                incident.to = Some(Timestamp::now());
            }
        }
        Ok(())
    }

    async fn post(&self, url: String) -> Result<()> {
        let (client, asked) = (self.client.clone(), url.clone());
        let answer = tokio::task::spawn_blocking(move || client.post(&asked).send_empty()).await?;
        let status = answer.with_context(|| url.clone())?.status();
        ensure!(status == 200, "{url} answers {status}");
        Ok(())
    }

    /// Waits for what is under way.
    async fn settle(&mut self) {
        while let Some(done) = self.under_way.join_next().await {
            self.count(done.ok());
        }
    }

    fn count(&mut self, done: Option<(&'static str, u16)>) {
        if let Some(done) = done {
            *self.counts.entry(done).or_default() += 1;
        }
    }

    fn told(&mut self) -> Result<String> {
        let answers = self.counts.iter().map(|((path, status), count)| Answers {
            path,
            status: *status,
            count: *count,
        });
        self.summary.answers = answers.collect();
        Ok(serde_json::to_string(&self.summary)?)
    }
}
