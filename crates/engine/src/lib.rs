//! The embedded ClickHouse: fetched on first use, run as a child process on loopback, shared by every Kulprit on the
//! same data directory.
//!
//! The process that starts the engine owns it: the engine ends with it, however it ends. Others find the engine through
//! the data directory and join it. When the owner ends, their queries fail with a refused connection, and the next
//! [`Engine::start_or_join`] starts a new engine (on another port, unless one was asked for).
//!
//! Only `chdb` knows the library. Which process holds `engine.lock` hosts the engine; nobody else writes to its tables,
//! its configuration or its credentials.

mod cache;
mod chdb;
mod child;
mod config_files;
mod confine;
mod credentials;
mod data_dir;
mod download;
mod drain;
mod endpoint;
mod hang_up;
mod https;
mod layout;
mod lock;
mod npmrc;
mod platform;
mod port_owner;
mod ports;
mod private_dir;
mod progress;
mod registry;
mod spec;
mod stop;
mod supervise;
#[cfg(test)]
mod test_server;
mod udf_files;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

pub use cache::LIBRARY_VARIABLE;
pub use child::run_if_child;
pub use data_dir::default_data_dir;
pub use endpoint::Endpoint;
pub use hang_up::is_hang_up_ignored;
pub use https::tls as trusted_tls;
pub use udf_files::PROGRAM as UDF_PROGRAM;

use credentials::{Credentials, OWNER, READER};
use endpoint::Announcement;
use layout::Layout;
use ports::Ports;
use spec::LaunchSpec;
use supervise::{Host, START_LIMIT, Started};

/// How to start the engine. When one runs on the data directory already, only `data_dir` matters.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    pub data_dir: PathBuf,
    /// The library to load instead of a fetched one.
    pub library: Option<PathBuf>,
    /// 0 takes the data directory's port, else lets the system choose.
    pub http_port: u16,
    /// Also open the native protocol on this port; 0 lets the system choose. None takes the data directory's, if it has one.
    pub tcp_port: Option<u16>,
    /// Make these ports the data directory's: whoever starts its engine later opens them again.
    pub keep_ports: bool,
    /// Start only where the kernel can confine the engine.
    pub require_sandbox: bool,
    /// Addresses that its users may read by `url()`, as regular expressions, and no others; none: whatever its owner likes.
    pub readable_urls: Vec<String>,
    /// The Kulprit that hosts the engine; this program when not given.
    pub program: Option<PathBuf>,
    /// The program that runs the executable functions (as `kulprit-udf`); this program when not given.
    pub udf_executable: Option<PathBuf>,
    /// ClickHouse configuration of the executable functions; without one, none are installed.
    pub udf_config: Option<String>,
}

impl EngineOptions {
    /// This program as host, the data directory's ports or any free one, no executable functions.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            library: None,
            http_port: 0,
            tcp_port: None,
            keep_ports: false,
            require_sandbox: false,
            readable_urls: vec![],
            program: None,
            udf_executable: None,
            udf_config: None,
        }
    }
}

/// A running engine, owned (then dropping it stops it) or joined.
pub struct Engine {
    layout: Layout,
    announcement: Announcement,
    endpoint: Endpoint,
    reader: Endpoint,
    host: Option<Mutex<Host>>,
}

impl Engine {
    /// Connects to the engine of the data directory, and starts one when none runs there.
    ///
    /// When it answers, so does the engine. The first start fetches the library (some 180 MB).
    pub async fn start_or_join(options: EngineOptions) -> anyhow::Result<Self> {
        tokio::task::spawn_blocking(move || start_or_join(&options))
            .await
            .context("the engine's start was interrupted")?
    }

    /// The HTTP interface as the user that may do everything (but read this machine's files).
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The HTTP interface as a user that may only read.
    pub fn reader(&self) -> Endpoint {
        self.reader.clone()
    }

    /// Process id of the engine's host.
    pub fn pid(&self) -> Option<u32> {
        Some(self.announcement.pid)
    }

    /// Did this process start the engine (and will it stop it)?
    pub fn is_owned(&self) -> bool {
        self.host.is_some()
    }

    /// Where ClickHouse looks for the programs of executable functions.
    pub fn user_scripts(&self) -> PathBuf {
        self.layout.user_scripts()
    }

    /// The file with the users' passwords, readable by its owner only.
    pub fn credentials_file(&self) -> PathBuf {
        self.layout.credentials()
    }

    /// Waits until the engine ends, whoever hosts it, and says why. Whoever listens on its port after that is somebody else.
    pub async fn ended(&self) -> String {
        const POLL: Duration = Duration::from_millis(200);
        loop {
            let ended = match &self.host {
                Some(host) => host.lock().unwrap_or_else(PoisonError::into_inner).ended(),
                None => self
                    .is_gone()
                    .then(|| "the process that hosted the embedded ClickHouse is gone".to_owned()),
            };
            if let Some(reason) = ended {
                return reason;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Has the joined engine ended? Its host withdraws its announcement, or lets go of the lock, or both.
    fn is_gone(&self) -> bool {
        let is_announced = Announcement::read(&self.layout).is_some_and(|found| found.run == self.announcement.run);
        !is_announced || !lock::is_held(&self.layout.lock())
    }

    /// Shuts an owned engine down and waits for its end: one or two seconds, more with queries running. A joined one
    /// stays as it is.
    pub async fn stop(self) -> anyhow::Result<()> {
        let Some(host) = self.host else { return Ok(()) };
        tokio::task::spawn_blocking(move || {
            let mut host = host.into_inner().unwrap_or_else(PoisonError::into_inner);
            let status = host.stop().context("cannot stop the embedded ClickHouse")?;
            if !status.success() {
                bail!(
                    "the embedded ClickHouse did not shut down in order ({status}): {}",
                    host.reason()
                );
            }
            Ok(())
        })
        .await
        .context("the engine's shutdown was interrupted")?
    }

    fn new(layout: Layout, announcement: Announcement, host: Option<Host>) -> anyhow::Result<Self> {
        let (owner, reader) = Credentials::of_run(&layout, &announcement.run)?;
        let as_user = |user: &str, password| Endpoint {
            url: announcement.url.clone(),
            user: user.to_owned(),
            password,
        };
        let endpoint = as_user(OWNER, owner);
        endpoint.verify()?;
        let reader = as_user(READER, reader);
        Ok(Self {
            layout,
            endpoint,
            reader,
            announcement,
            host: host.map(Mutex::new),
        })
    }
}

fn start_or_join(options: &EngineOptions) -> anyhow::Result<Engine> {
    let layout = Layout::new(&options.data_dir)?;
    layout.create_root()?;
    let deadline = Instant::now() + START_LIMIT;
    loop {
        // Whoever hosts the engine holds the lock; an announcement without a holder is a left-over.
        let is_free = lock::take(&layout.lock(), Duration::ZERO)?.is_some();
        if is_free {
            if let Started::Ready(host, announcement) = Host::start(&program(options)?, &launch_spec(options)?)? {
                if let Some(reason) = &announcement.unconfined {
                    tracing::warn!(
                        "the embedded ClickHouse is not confined ({reason}): whoever has a password of it can read your \
                         files and run commands as you; [engine] require_sandbox = true refuses to start like that"
                    );
                }
                return Engine::new(layout, announcement, Some(host));
            }
        } else if let Some(engine) = join(&layout) {
            return Ok(engine);
        }
        if Instant::now() > deadline {
            bail!(
                "an engine holds {} but has not answered for {} s; see {}",
                layout.lock().display(),
                START_LIMIT.as_secs(),
                layout.log().display()
            );
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The engine that runs already, if it answers yet (or still).
fn join(layout: &Layout) -> Option<Engine> {
    let announcement = Announcement::read(layout)?;
    Engine::new(layout.clone(), announcement, None).ok()
}

fn launch_spec(options: &EngineOptions) -> anyhow::Result<LaunchSpec> {
    let udf_executable = match &options.udf_executable {
        Some(path) => std::path::absolute(path)?,
        None => data_dir::this_program()?,
    };
    Ok(LaunchSpec {
        data_dir: std::path::absolute(&options.data_dir)?,
        library: cache::library(options.library.as_deref())?,
        ports: Ports {
            http: options.http_port,
            tcp: options.tcp_port,
        },
        keep_ports: options.keep_ports,
        require_sandbox: options.require_sandbox,
        readable_urls: options.readable_urls.clone(),
        udf_executable,
        udf_config: options.udf_config.clone(),
    })
}

fn program(options: &EngineOptions) -> anyhow::Result<PathBuf> {
    options.program.clone().map_or_else(data_dir::this_program, Ok)
}
