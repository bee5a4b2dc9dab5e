//! What the service does besides answering: puts the schema in place as soon as ClickHouse is there, keeps the rollup up to date, and
//! brings the embedded engine back when it dies.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use futures_util::future::BoxFuture;
use tokio::sync::{oneshot, watch};

use super::App;
use super::server::stopped;
use kulprit_clickhouse::Client;
use kulprit_clickhouse::code;
use kulprit_engine::Engine;

use crate::{Error, rollups, setup};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Starts the embedded engine, or joins the one that runs, at this port if it is free (0: any).
pub type Starter = Box<dyn Fn(u16) -> BoxFuture<'static, Result<(Client, Engine)>> + Send + Sync>;

/// The embedded engine and how to get another.
pub struct Embedded {
    pub engine: Engine,
    pub start: Starter,
}

/// Looks after the service until `stop` turns true, then shuts the engine down. Tells `ready` once the schema was tried.
pub async fn keep_up(
    app: Arc<App>,
    mut embedded: Option<Embedded>,
    ready: oneshot::Sender<()>,
    stop: watch::Receiver<bool>,
) -> Result<()> {
    let mut ready = Some(ready);
    loop {
        let ended = tokio::select! {
            () = keep_tables(&app, &mut ready) => break,
            reason = ended(embedded.as_ref()) => reason,
            () = stopped(stop.clone()) => break,
        };
        eprintln!("kulprit: {ended}");
        let Some(before) = embedded.take() else { break };
        let restarted = tokio::select! {
            restarted = restart(before, &app) => restarted,
            () = stopped(stop.clone()) => break,
        };
        embedded = Some(restarted);
    }
    match embedded {
        Some(embedded) => {
            // The engine would wait for connections that are kept open for the next question.
            app.connect(app.analyzer().client().apart());
            embedded.engine.stop().await
        }
        None => Ok(()),
    }
}

/// Applies the schema, then rolls. Never returns.
async fn keep_tables(app: &App, ready: &mut Option<oneshot::Sender<()>>) {
    let applied = apply_schema(app, ready).await;
    let interval = app.config.rollup.interval_seconds;
    if applied && interval > 0 {
        let client = app.analyzer().client().clone();
        tokio::join!(
            rollups::logs::keep_rolling(client.clone(), app.config.clone()),
            crate::rollups::requests::keep_filled(client.clone()),
            crate::rollups::metered::keep_rolled(client)
        );
    }
    std::future::pending().await
}

/// Applies the schema as often as it takes ClickHouse to be there. False: the user may not create tables.
async fn apply_schema(app: &App, ready: &mut Option<oneshot::Sender<()>>) -> bool {
    let mut pause = FIRST_PAUSE;
    let mut told = false;
    loop {
        let result = setup::apply(&app.config, app.analyzer().client()).await;
        let may_not = matches!(&result, Err(error) if is_denied(error));
        app.set_reads_only(may_not);
        match &result {
            Ok(differences) => differences.iter().for_each(|difference| {
                eprintln!(
                    "kulprit: table {} is there with other columns: {}",
                    difference.table,
                    difference.columns.join("; ")
                );
            }),
            Err(error) if may_not => eprintln!("kulprit: answering from the log table alone ({error:#})"),
            Err(error) if !told => {
                eprintln!("kulprit: the schema is not in place yet ({error:#}); trying again until it is");
                told = true;
            }
            Err(_) => {}
        }
        if let Some(ready) = ready.take() {
            let _ = ready.send(());
        }
        if result.is_ok() || may_not {
            return !may_not;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// What ClickHouse says to a user without the right to do it.
fn is_denied(error: &anyhow::Error) -> bool {
    error.downcast_ref().and_then(Error::code) == Some(code::ACCESS_DENIED)
}

/// Waits until the embedded engine is gone, and says why. Never returns when ClickHouse is somebody else's.
async fn ended(embedded: Option<&Embedded>) -> String {
    match embedded {
        Some(embedded) => embedded.engine.ended().await,
        None => std::future::pending().await,
    }
}

/// Brings the engine back at the port that it had, so that clients of it find it again; elsewhere if that port is taken.
async fn restart(before: Embedded, app: &App) -> Embedded {
    let Embedded { engine, start } = before;
    let mut port = port_of(&engine.endpoint().url);
    drop(engine);
    let mut pause = FIRST_PAUSE;
    loop {
        match start(port).await {
            Ok((client, engine)) => {
                eprintln!("kulprit: the embedded ClickHouse is back at {}", engine.endpoint().url);
                app.connect(client);
                return Embedded { engine, start };
            }
            Err(error) => {
                eprintln!("kulprit: the embedded ClickHouse does not come back ({error:#}); trying again");
                port = 0;
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn port_of(url: &str) -> u16 {
    let authority = url.parse::<warp::http::Uri>().ok();
    authority.and_then(|url| url.port_u16()).unwrap_or(0)
}
