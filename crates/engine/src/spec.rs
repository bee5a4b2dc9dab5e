//! What the engine's process is told at its start: one line of JSON on its stdin, which then stays open.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::ports::Ports;

/// First argument of a Kulprit that is to host the engine.
pub const CHILD_COMMAND: &str = "engine-child";
/// Exit code of a host that found another one on the same data directory.
pub const EXIT_ALREADY_RUNNING: u8 = 75;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LaunchSpec {
    pub data_dir: PathBuf,
    pub library: PathBuf,
    pub ports: Ports,
    /// These ports are the data directory's from now on.
    pub keep_ports: bool,
    /// Without a sandbox, do not start.
    pub require_sandbox: bool,
    /// Addresses that may be read, as regular expressions.
    pub readable_urls: Vec<String>,
    /// Program that runs the executable functions.
    pub udf_executable: PathBuf,
    /// Their configuration; none means no functions.
    pub udf_config: Option<String>,
}
