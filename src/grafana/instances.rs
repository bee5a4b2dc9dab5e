//! The configurations in use, each with what answers for it. Settings come with every call, so that changed ones count from the next call
//! on; what nobody is configured to any more is stopped.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};

use super::instance::Instance;
use super::messages::PluginContext;
use super::settings;
use crate::Error;
use crate::config::Config;
use crate::http::metrics::Metrics;

/// How long a call waits for the start, which fetches the embedded engine when it is the first on this machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why there is nobody to answer.
#[derive(Debug, Clone)]
pub enum Absent {
    /// The settings are wrong.
    Settings(Error),
    /// It has not started yet.
    Starting,
    /// It could not be started.
    Failed(Arc<anyhow::Error>),
}

impl Absent {
    /// As a caller is told who may be anybody.
    pub fn error(&self) -> Error {
        match self {
            Self::Settings(error) => error.clone(),
            Self::Starting => Error::Unavailable(
                "the embedded ClickHouse is being started, and fetched the first time: try again in a moment"
                    .to_owned(),
            ),
            Self::Failed(_) => Error::Unavailable(
                "kulprit could not be started with the plugin's settings: its health check says why".to_owned(),
            ),
        }
    }
}

type Outcome = Result<Arc<Instance>, Absent>;
type Starting = Shared<BoxFuture<'static, Outcome>>;

/// Whose settings they are: an org's plugin, or one of its data sources.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Place {
    org: i64,
    plugin: String,
    data_source: String,
}

/// One for all calls.
pub struct Instances {
    data: PathBuf,
    pub metrics: Metrics,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By configuration, in a form in which equal ones are equal.
    running: HashMap<String, Starting>,
    configured: HashMap<Place, String>,
    /// What was stopped last. A new start waits for it, since it may hold the engine that the new one is to host.
    stopped: Option<Shared<BoxFuture<'static, ()>>>,
}

impl Instances {
    /// Errors: there is nowhere to keep data.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            data: settings::data_directory()?,
            metrics: Metrics::new()?,
            state: Mutex::default(),
        })
    }

    /// Who answers for the settings in `context`, started if need be.
    pub async fn of(&self, context: &PluginContext) -> Outcome {
        let config = settings::config(context, &self.data).map_err(Absent::Settings)?;
        let place = Place {
            org: context.org_id,
            plugin: context.plugin_id.clone(),
            data_source: context
                .data_source
                .as_ref()
                .map(|source| source.uid.clone())
                .unwrap_or_default(),
        };
        let starting = self.state().configure(place, config, &self.metrics);
        let outcome = tokio::time::timeout(PATIENCE, starting.clone()).await;
        let outcome = outcome.unwrap_or(Err(Absent::Starting));
        if let Err(Absent::Failed(_)) = &outcome {
            // The next call tries again.
            self.state().running.retain(|_, other| !other.ptr_eq(&starting));
        }
        outcome
    }

    /// Stops all of them.
    pub async fn stop(&self) {
        let (running, stopped) = {
            let mut state = self.state();
            (std::mem::take(&mut state.running), state.stopped.take())
        };
        let running = running.into_values().map(stop);
        futures_util::future::join_all(running).await;
        if let Some(stopped) = stopped {
            stopped.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Notes that `place` is configured to `config`, and starts that if it does not run.
    fn configure(&mut self, place: Place, config: Config, metrics: &Metrics) -> Starting {
        let key = format!("{config:?}");
        self.configured.insert(place, key.clone());
        let unused: Vec<String> = {
            let is_used = |key: &String| self.configured.values().any(|used| used == key);
            self.running.keys().filter(|key| !is_used(key)).cloned().collect()
        };
        for starting in unused
            .iter()
            .filter_map(|key| self.running.remove(key))
            .collect::<Vec<_>>()
        {
            tracing::info!("the plugin's settings have changed");
            let before = self.stopped.take();
            let stopping = tokio::spawn(async move {
                if let Some(before) = before {
                    before.await;
                }
                stop(starting).await;
            });
            self.stopped = Some(stopping.map(|_| ()).boxed().shared());
        }
        if let Some(running) = self.running.get(&key) {
            return running.clone();
        }
        let (before, metrics) = (self.stopped.clone(), metrics.clone());
        // A task of its own: a caller that goes away does not end the start for those after it.
        let start = tokio::spawn(async move {
            if let Some(before) = before {
                before.await;
            }
            Instance::start(config, metrics).await
        });
        let starting = start
            .map(|started| {
                let started = started.map_err(anyhow::Error::from).flatten();
                started.map_err(|error| {
                    tracing::error!(
                        error = format!("{error:#}"),
                        "kulprit cannot be started with the plugin's settings"
                    );
                    Absent::Failed(Arc::new(error))
                })
            })
            .boxed()
            .shared();
        self.running.insert(key, starting.clone());
        starting
    }
}

/// Stops what has been started, or is being.
async fn stop(starting: Starting) {
    if let Ok(instance) = starting.await {
        instance.stop().await;
    }
}
