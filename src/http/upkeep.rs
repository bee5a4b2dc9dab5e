//! What the service does besides answering: puts the schema in place as soon as ClickHouse is there, keeps the rollups up to date, and
//! brings the embedded engine back when it dies.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use futures_util::future::BoxFuture;
use kulprit_clickhouse::{Client, code};
use kulprit_engine::Engine;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

use super::App;
use super::server::stopped;
use crate::{Error, incidents, rollups, setup};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How soon another process takes over.
const LOOK_AT_LOCK: Duration = Duration::from_secs(5);

/// Starts the embedded engine, or joins the one that runs, at this port if it is free (0: any).
pub type Starter = Box<dyn Fn(u16) -> BoxFuture<'static, Result<(Client, Engine)>> + Send + Sync>;

/// The embedded engine and how to get another.
pub struct Embedded {
    pub engine: Engine,
    pub start: Starter,
}

/// Looks after the service until `stop` turns true, then shuts the engine down. Tells `ready` once the schema was tried. Of several processes
/// with the same `lock`, one rolls and completes snapshots, and another takes over when it has ended.
pub async fn keep_up(
    app: Arc<App>,
    mut embedded: Option<Embedded>,
    lock: Option<PathBuf>,
    ready: oneshot::Sender<()>,
    stop: watch::Receiver<bool>,
) -> Result<()> {
    let mut ready = Some(ready);
    loop {
        let reason = tokio::select! {
            () = keep_tables(&app, lock.as_deref(), &mut ready) => break,
            reason = ended(embedded.as_ref()) => reason,
            () = stopped(stop.clone()) => break,
        };
        tracing::error!("{reason}");
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

/// Applies the schema, then rolls and completes snapshots. Never returns.
async fn keep_tables(app: &App, lock: Option<&Path>, ready: &mut Option<oneshot::Sender<()>>) {
    let applied = apply_schema(app, ready).await;
    let _held = match lock {
        Some(lock) => hold(lock).await,
        None => None,
    };
    let rolls = async {
        if applied && app.config.rollup.interval_seconds > 0 {
            keep_rollups(app).await;
        }
    };
    tokio::join!(rolls, keep_snapshots(app));
    std::future::pending().await
}

/// Waits until no other process holds the lock, and holds it until what comes back is dropped. Where there can be no lock, nobody waits:
/// what is done twice counts once all the same.
async fn hold(lock: &Path) -> Option<File> {
    let file = match File::options().create(true).truncate(false).write(true).open(lock) {
        Ok(file) => file,
        Err(error) => {
            tracing::warn!(%error, lock = %lock.display(), "no lock for the upkeep: another process may do the same work");
            return None;
        }
    };
    let mut is_told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Some(file),
            Err(TryLockError::WouldBlock) if !is_told => {
                tracing::info!("another process keeps these tables up to date");
                is_told = true;
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => {
                tracing::warn!(%error, lock = %lock.display(), "no lock for the upkeep: another process may do the same work");
                return None;
            }
        }
        tokio::time::sleep(LOOK_AT_LOCK).await;
    }
}

async fn keep_rollups(app: &App) {
    let client = app.analyzer().client().clone();
    let (lines, config) = (client.clone(), app.config.clone());
    let (spans, metered, slo) = (client.clone(), client.clone(), app.config.slo.clone());
    tokio::join!(
        keep_alive("the rollup of log lines", FIRST_PAUSE, move || {
            rollups::logs::keep_rolling(lines.clone(), config.clone(), app.metrics.of_rollup())
        }),
        keep_alive("the rollup of requests", FIRST_PAUSE, move || {
            rollups::requests::keep_rolling(spans.clone())
        }),
        keep_alive("the rollup of metered requests", FIRST_PAUSE, move || {
            rollups::metered::keep_rolling(metered.clone())
        }),
        keep_alive("the rollup of selected requests", FIRST_PAUSE, move || {
            rollups::selected::keep_rolling(client.clone(), slo.clone())
        }),
    );
}

async fn keep_snapshots(app: &App) {
    let Ok(store) = app.incidents() else { return };
    let (analyzer, store) = (app.analyzer(), store.clone());
    keep_alive("the completion of snapshots", FIRST_PAUSE, move || {
        incidents::keep_completing(analyzer.clone(), store.clone())
    })
    .await;
}

/// Runs a task that is not to end, as one of its own: when it ends or panics, the log says so at once and it is started again, after a pause
/// that doubles. Dropping this ends the task.
async fn keep_alive<F>(task: &'static str, first_pause: Duration, start: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut pause = first_pause;
    loop {
        let mut running = JoinSet::new();
        running.spawn(start());
        match running.join_next().await {
            Some(Err(error)) => tracing::error!(%error, "{task} has failed and starts again"),
            Some(Ok(())) | None => tracing::error!("{task} has ended and starts again"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Applies the schema as often as it takes ClickHouse to be there. False: the user may not create tables.
async fn apply_schema(app: &App, ready: &mut Option<oneshot::Sender<()>>) -> bool {
    let mut pause = FIRST_PAUSE;
    let mut is_told = false;
    loop {
        let result = setup::apply(&app.config, app.analyzer().client()).await;
        let may_not = matches!(&result, Err(error) if is_denied(error));
        app.set_reads_only(may_not);
        match &result {
            Err(error) if may_not => {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "this user may not create tables: answering from the log table alone"
                );
            }
            Err(error) if !is_told => {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "the schema is not in place yet: trying again until it is"
                );
                is_told = true;
            }
            Ok(_) if is_told => tracing::info!("the schema is in place"),
            _ => {}
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
                tracing::info!(url = engine.endpoint().url, "the embedded ClickHouse is back");
                app.connect(client);
                return Embedded { engine, start };
            }
            Err(error) => {
                tracing::error!(
                    error = format!("{error:#}"),
                    "the embedded ClickHouse does not start: trying again"
                );
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_task_that_ends_or_panics_is_started_again_and_ends_with_its_keeper() {
        let starts = Arc::new(AtomicU32::new(0));
        let (tell, mut told) = mpsc::channel::<u32>(8);
        let keeper = tokio::spawn(keep_alive("the task of this test", Duration::from_millis(1), {
            let starts = starts.clone();
            move || {
                let (start, tell) = (starts.fetch_add(1, Ordering::Relaxed), tell.clone());
                async move {
                    assert_ne!(start, 0, "the first start panics");
                    tell.send(start).await.unwrap();
                    if start > 1 {
                        std::future::pending::<()>().await;
                    }
                }
            }
        }));
        assert_eq!(told.recv().await, Some(1), "started again after the panic");
        assert_eq!(told.recv().await, Some(2), "started again after it had ended");
        keeper.abort();
        assert_eq!(told.recv().await, None, "nothing of it is left");
    }

    #[tokio::test]
    async fn one_process_at_a_time_keeps_the_tables() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("lock");
        let held = hold(&lock).await.unwrap();
        let path = lock.clone();
        let other = tokio::spawn(async move { hold(&path).await });
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!other.is_finished(), "it waits");
        drop(held);
        assert!(other.await.unwrap().is_some(), "it takes over");
        assert!(
            hold(&folder.path().join("nowhere/lock")).await.is_none(),
            "nobody waits"
        );
    }
}
