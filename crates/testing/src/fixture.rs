//! What all tests of one process share.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use kulprit_engine::Engine;
use tokio::sync::OnceCell;

use crate::{Database, Service, engine, is_alive};

/// The program under test, and one engine of it for all tests of a process.
///
/// The engine ends with the process, whatever becomes of the tests: it watches its parent.
pub struct Fixture {
    program: &'static str,
    files: &'static str,
    directory: OnceLock<PathBuf>,
    engine: OnceCell<Engine>,
}

impl Fixture {
    /// `program` is `env!("CARGO_BIN_EXE_kulprit")` and `files` is `env!("CARGO_TARGET_TMPDIR")`, which Cargo sets only for the
    /// tests of the package that has the program.
    pub const fn new(program: &'static str, files: &'static str) -> Self {
        Self {
            program,
            files,
            directory: OnceLock::new(),
            engine: OnceCell::const_new(),
        }
    }

    pub fn program(&self) -> &'static Path {
        Path::new(self.program)
    }

    /// The program with these arguments, deaf to the settings of whoever runs the tests.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program);
        command.args(arguments);
        for variable in [
            "CLICKHOUSE_URL",
            "CLICKHOUSE_USER",
            "CLICKHOUSE_PASSWORD",
            "CLICKHOUSE_DATABASE",
            "KULPRIT_CONFIG",
            "KULPRIT_LOKI_URL",
            "KULPRIT_TEMPO_URL",
            "KULPRIT_PROMETHEUS_URL",
        ] {
            command.env_remove(variable);
        }
        command
    }

    /// Runs `kulprit serve` with these arguments on a free port.
    pub fn serve(&self, arguments: &[&str]) -> Service {
        let mut command = self.command(&["serve", "--port", "0"]);
        command.args(arguments);
        Service::start(command)
    }

    /// A directory that is not there yet. It stays until the tests run again, so that one can look at what a failure left.
    pub fn fresh_dir(&self, name: &str) -> PathBuf {
        let directory = self.directory.get_or_init(|| {
            let files = Path::new(self.files);
            remove_leftovers(files);
            files.join(format!("run-{}", std::process::id()))
        });
        directory.join(name)
    }

    /// An engine of the test's own, for what would disturb the others. Dropping it ends it.
    pub async fn start_engine(&self, data_dir: PathBuf) -> Engine {
        engine::start(engine::options(self.program(), data_dir)).await
    }

    /// The shared engine.
    pub async fn engine(&self) -> &Engine {
        self.engine
            .get_or_init(|| self.start_engine(self.fresh_dir("engine")))
            .await
    }

    /// A new database `name` with Kulprit's tables. Two tests cannot have the same.
    pub async fn database(&self, name: &str) -> Database {
        let database = self.empty_database(name).await;
        database.apply_schema().await;
        database
    }

    /// A new database `name` with nothing in it.
    pub async fn empty_database(&self, name: &str) -> Database {
        Database::on(self.engine().await, name).await
    }
}

/// Removes what processes that have ended left behind.
fn remove_leftovers(files: &Path) {
    for entry in std::fs::read_dir(files).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix("run-")?.parse().ok());
        if process.is_some_and(|process: u32| process == std::process::id() || !is_alive(process)) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
