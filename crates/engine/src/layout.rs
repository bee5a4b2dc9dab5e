//! What lies where in a data directory.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::private_dir;

/// A data directory: absolute, so that every process names it alike.
#[derive(Debug, Clone)]
pub struct Layout {
    pub root: PathBuf,
}

impl Layout {
    pub fn new(data_dir: &Path) -> anyhow::Result<Self> {
        let root =
            std::path::absolute(data_dir).with_context(|| format!("bad data directory {}", data_dir.display()))?;
        Ok(Self { root })
    }

    /// Held by the engine's process as long as it lives.
    pub fn lock(&self) -> PathBuf {
        self.root.join("engine.lock")
    }

    /// Where the running engine answers.
    pub fn endpoint(&self) -> PathBuf {
        self.root.join("endpoint.json")
    }

    /// `user:password`, one per line.
    pub fn credentials(&self) -> PathBuf {
        self.root.join("credentials")
    }

    /// What the engine's process wrote to stderr: the reason when it cannot start.
    pub fn stderr(&self) -> PathBuf {
        self.root.join("engine.stderr")
    }

    /// ClickHouse's own log.
    pub fn log(&self) -> PathBuf {
        self.log_dir().join("engine.log")
    }

    /// Apart from the rest, since the engine writes and renames there.
    pub fn log_dir(&self) -> PathBuf {
        self.root.join("log")
    }

    /// The ports that the directory's engine is to have.
    pub fn ports(&self) -> PathBuf {
        self.root.join("ports.json")
    }

    /// ClickHouse's scratch space.
    pub fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// ClickHouse's tables.
    pub fn store(&self) -> PathBuf {
        self.root.join("store")
    }

    pub fn config(&self) -> PathBuf {
        self.root.join("config")
    }

    /// Where ClickHouse looks for the programs of executable functions.
    pub fn user_scripts(&self) -> PathBuf {
        self.root.join("user_scripts")
    }

    /// Where the configuration of executable functions is.
    pub fn user_defined(&self) -> PathBuf {
        self.root.join("user_defined")
    }

    /// The configuration of the executable functions.
    pub fn functions(&self) -> PathBuf {
        self.user_defined().join("kulprit_functions.xml")
    }

    /// Makes the data directory, for its owner alone.
    pub fn create_root(&self) -> anyhow::Result<()> {
        private_dir::prepare(&self.root, &self.user_scripts())
    }
}

/// Writes a file that only its owner may read, all or nothing.
pub fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let write = || -> std::io::Result<()> {
        // A left-over might have another mode.
        if unfinished.exists() {
            fs::remove_file(&unfinished)?;
        }
        let mut file: File = OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(&unfinished)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
