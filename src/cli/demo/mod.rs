//! `kulprit demo`: a simulated shop with one incident, and the answer to it.

mod live;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use super::connection::{Connection, ConnectionArgs};
use super::{notice, print, serve, tell_warnings};
use crate::cli::table;
use crate::config::Config;
use crate::demo::load::{self, DATABASE};
use crate::demo::plan::Plan;
use crate::demo::simulation::Simulation;
use crate::http::server;
use crate::questions::Analyzer;
use crate::questions::log_changes::Answer;
use crate::questions::log_changes::{self, PatternChanges};
use crate::rollups::logs::Roller;
use crate::scope::Scope;
use crate::setup;
use kulprit_clickhouse::LogTable;
use kulprit_clickhouse::{Client, Endpoint};
use kulprit_request::time;

/// Simulate a small shop with one incident, and answer what changed
///
/// Eight services leave traces, logs and metrics of the same requests, up to now; in the last ten minutes one of them breaks. The
/// demo prints where its report is, which log patterns changed, what really happened, and how to ask the HTTP API; then it serves both.
///
/// The data live in the database kulprit_demo, which each run DROPS and fills anew. No other database is touched: demo data never mix
/// with yours. On a server of your own (--url) say so: --database kulprit_demo.
///
/// With --otlp the shop goes to a collector instead, as it happens: nothing is stored here, and nothing answered.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Exit after printing the answer
    #[arg(long)]
    pub once: bool,
    /// The same seed and time give the same data, to the byte
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// When the shop closes; the incident lasts up to then (default: now, and with --otlp so many minutes from now). What has passed by then
    /// is sent at once
    #[arg(long, value_name = "T")]
    pub at: Option<String>,
    /// Minutes that it is open, the last ten of them with the incident, 11 to 1440 (default: 120, and with --otlp 20)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(11..=1_440))]
    pub minutes: Option<u32>,
    /// Shoppers' requests a second, 1 to 200; each makes four or five between the services
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub rate: u32,
    /// Port of the API; 0 takes a free one (default: the configuration's server.port)
    #[arg(long, value_name = "P")]
    pub port: Option<u16>,
    /// Send the shop's spans, logs and metrics to this OTLP/HTTP receiver, such as a collector's http://localhost:4318, until it closes or
    /// you press Ctrl-C
    #[arg(long, value_name = "URL", conflicts_with_all = ["once", "port"])]
    pub otlp: Option<String>,
    /// Headers to send with it, such as authorization=Bearer%20…; several with commas between
    #[arg(
        long,
        value_name = "NAME=VALUE",
        env = "OTEL_EXPORTER_OTLP_HEADERS",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    pub otlp_headers: String,
}

const USUAL_MINUTES: u32 = 120;
const FEWEST_MINUTES: u32 = 30;

pub async fn run(args: DemoArgs, connection: &ConnectionArgs) -> Result<()> {
    if let Some(url) = &args.otlp {
        return live::run(&args, url).await;
    }
    let at = time::parse("--at", args.at.as_deref().unwrap_or("now"), Timestamp::now())?;
    let minutes = args.minutes.unwrap_or(USUAL_MINUTES);
    if minutes < FEWEST_MINUTES {
        bail!(
            "--minutes: must be at least {FEWEST_MINUTES} without --otlp, so that there is something to hold the incident against"
        );
    }
    let plan = Plan::new(args.seed, at, minutes, args.rate.into());
    let server = connection.config()?.server;
    let port = args.port.unwrap_or(server.port);
    if args.once {
        let connection = open(connection).await?;
        let shown = show(&plan, &connection, &format!("{}:{port}", server.host)).await;
        connection.close().await?;
        return shown;
    }
    // As in `kulprit serve`: the signal's handler before the engine, and the socket before the work.
    let stop = serve::stop_signal()?;
    let (listener, address) = server::bind(&server.host, port).await?;
    let stopped = || server::stopped(stop.clone());
    let connection = tokio::select! {
        connection = open(connection) => connection?,
        () = stopped() => bail!("stopped before ClickHouse was ready"),
    };
    let shown_address = address.to_string();
    let shown = tokio::select! {
        shown = show(&plan, &connection, &shown_address) => shown,
        () = stopped() => Err(anyhow!("stopped before the shop's history was stored")),
    };
    if shown.is_err() {
        connection.close().await?;
        return shown;
    }
    serve::serve(connection, listener, address, stop, Some(plan.incident_window())).await
}

/// `address` is where the API answers, or would.
async fn show(plan: &Plan, connection: &Connection, address: &str) -> Result<()> {
    fill(plan, connection).await?;
    let answer = ask(plan, connection).await?;
    tell_warnings(&answer.warnings);
    print(&report(plan, &connection.config, address, &answer))
}

/// Connects to the demo's database, empty but for its tables.
async fn open(args: &ConnectionArgs) -> Result<Connection> {
    let configured = args.config()?;
    check_database(&configured, args.database.as_deref())?;
    // The database is not there yet: connect to one that every server has.
    let beside = ConnectionArgs {
        database: Some("default".to_owned()),
        ..args.clone()
    };
    let mut connection = beside.open().await?;
    load::recreate_database(&connection.client).await?;
    // Tables of the demo's own, whatever the configuration says about the user's.
    let config = &mut connection.config;
    config.clickhouse.database = DATABASE.to_owned();
    config.clickhouse.cluster = None;
    config.logs = LogTable::default();
    config.retention = crate::config::Retention::default();
    let endpoint = Endpoint {
        database: DATABASE.to_owned(),
        ..connection.client.endpoint().clone()
    };
    let timeout = std::time::Duration::from_secs(connection.config.server.query_timeout_seconds);
    connection.client = Client::new(endpoint, timeout).with_rules(connection.config.rules());
    setup::apply(&connection.config, &connection.client)
        .await
        .context("create the demo's tables")?;
    Ok(connection)
}

/// The demo drops its database, so it takes no other, and a server that is not Kulprit's own only when told.
fn check_database(config: &Config, named: Option<&str>) -> Result<()> {
    match named {
        Some(DATABASE) => Ok(()),
        Some(other) => bail!(
            "the demo drops and refills its database, so it takes {DATABASE} and not {other}: give --database {DATABASE}, or none"
        ),
        None if !config.clickhouse.url.is_empty() => bail!(
            "the demo would drop and refill the database {DATABASE} on {}: give --database {DATABASE} if that is all right, or leave the URL out to use the embedded engine",
            config.clickhouse.url
        ),
        None => Ok(()),
    }
}

/// Plays the shop's history into the database and rolls it up.
async fn fill(plan: &Plan, connection: &Connection) -> Result<()> {
    let style = ProgressStyle::with_template("the shop's history {wide_bar} {percent}%, {eta} left")?;
    // Without a terminal the bar draws nothing.
    let bar = ProgressBar::new(Simulation::slices(plan)).with_style(style);
    let moved = bar.clone();
    let [logs, spans, points @ ..] = load::load(&connection.client, plan, move |done| moved.set_position(done)).await?;
    bar.finish_and_clear();
    notice(format_args!(
        "stored {logs} log lines, {spans} spans and {} metric points in the database {DATABASE}",
        points.iter().sum::<u64>()
    ));
    let mut roller = Roller::new(connection.client.clone(), &connection.config);
    roller.catch_up().await.context("roll the log lines up")?;
    Ok(())
}

async fn ask(plan: &Plan, connection: &Connection) -> Result<Answer> {
    let question = PatternChanges {
        current: plan.incident_window(),
        baseline: plan.quiet_window().into(),
        services: vec![],
        attributes: vec![],
        limit: 10,
    };
    let scope = Scope::of(vec![]);
    let analyzer = Analyzer::new(connection.client.clone(), connection.config.clone());
    Ok(log_changes::changes(&analyzer, &question, scope, false).await?)
}

fn report(plan: &Plan, config: &Config, address: &str, answer: &Answer) -> String {
    let (from, to) = (plan.incident_window().from, plan.incident_window().to);
    let before = plan.quiet_window().from;
    let authorization = match config.server.token {
        Some(_) => " -H \"Authorization: Bearer $TOKEN\"",
        None => "",
    };
    format!(
        "The report, for a browser, while `kulprit demo` or `kulprit serve --database {DATABASE}` runs:\n\n  http://{address}/?from={from}&to={to}\n\n\
         Which log patterns changed between {from} and {to}, against the time from {before} on:\n\n{}\n\
         What really happened: from {from} on, a reconciliation job of payment takes database connections and never gives them back. Charges wait for one in vain, \
         checkout tries again and gives up, and the frontend answers POST /checkout with 503. The culprit is payment; cart, catalog and the others are well.\n\n\
         Ask the API likewise:\n\n  \
         curl -s http://{address}/query_logs{authorization} -H 'Content-Type: application/json' -d '{{\"org\":\"1\",\"dashboard\":\"shop\",\"panel_title\":\"Checkout errors\",\"metric_name\":\"http_requests_total\",\"start_time\":\"{from}\",\"end_time\":\"{to}\"}}'\n",
        table::pattern_changes(answer)
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_no_database_but_its_own_and_no_server_without_consent() {
        let embedded = Config::default();
        let own_server = Config::parse("[clickhouse]\nurl = \"http://db:8123\"").unwrap();
        assert!(check_database(&embedded, None).is_ok());
        assert!(check_database(&embedded, Some(DATABASE)).is_ok());
        assert!(check_database(&own_server, Some(DATABASE)).is_ok());
        for (config, named) in [
            (&embedded, Some("default")),
            (&own_server, Some("default")),
            (&own_server, None),
        ] {
            let message = check_database(config, named).unwrap_err().to_string();
            assert!(message.contains("--database kulprit_demo"), "{message}");
        }
    }
}
