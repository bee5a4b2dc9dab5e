//! One configuration in use: a ClickHouse, the incident store, and who looks after both.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use kulprit_incidents::Incidents;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::cli::connection::Connection;
use crate::cli::serve::{open_incidents, starter};
use crate::config::Config;
use crate::http::metrics::Metrics;
use crate::http::{App, upkeep};

/// How long the start waits for the schema, within the patience of a call: a ClickHouse that is away may come later.
const SCHEMA_TIMEOUT: Duration = Duration::from_secs(15);

/// What answers for everybody whose settings come down to one configuration.
pub struct Instance {
    pub app: Arc<App>,
    stop: watch::Sender<bool>,
    upkeep: Mutex<Option<JoinHandle<Result<()>>>>,
}

impl Instance {
    /// Connects, starting or joining the embedded engine where there is no URL, and keeps the tables up from then on.
    pub async fn start(config: Config, metrics: Metrics) -> Result<Arc<Self>> {
        let (config, client, engine) = Connection::open(config).await?.into_parts();
        let embedded = engine.map(|engine| upkeep::Embedded {
            engine,
            start: starter(config.clone()),
        });
        let lock = config.incidents_path()?.with_extension("lock");
        let app = tokio::task::spawn_blocking(move || {
            let incidents = incidents(&config)?;
            // No address: what matters of one is who may come without credentials, and here nobody comes but by Grafana.
            App::counted(IpAddr::from([127, 0, 0, 1]), client, config, incidents, metrics)
        });
        let app = app.await.context("open the incident store")??;
        let (stop, stopping) = watch::channel(false);
        let (tell_ready, ready) = oneshot::channel();
        let upkeep = tokio::spawn(upkeep::keep_up(app.clone(), embedded, Some(lock), tell_ready, stopping));
        let _ = tokio::time::timeout(SCHEMA_TIMEOUT, ready).await;
        Ok(Arc::new(Self {
            app,
            stop,
            upkeep: Mutex::new(Some(upkeep)),
        }))
    }

    /// Ends the upkeep, and the engine if this process started it. What is being answered has its answer or an error.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        let upkeep = self.upkeep.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(upkeep) = upkeep else { return };
        if let Err(error) = upkeep.await.map_err(anyhow::Error::from).flatten() {
            tracing::error!(
                error = format!("{error:#}"),
                "the upkeep of tables and engine has failed"
            );
        }
    }
}

/// The incident store; none where the data path cannot be written, since everything but incidents needs none. A file that is there and cannot
/// be used stops the start.
fn incidents(config: &Config) -> Result<Option<Incidents>> {
    match open_incidents(config) {
        Err(error) if !config.incidents_path()?.exists() => {
            tracing::warn!(
                error = format!("{error:#}"),
                "the incident store cannot be opened: serving without incidents"
            );
            Ok(None)
        }
        opened => opened,
    }
}
