//! The parent's side of the engine's process: start, wait until it answers, stop. Everything here blocks.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::endpoint::Announcement;
use super::layout::Layout;
use super::spec::{CHILD_COMMAND, EXIT_ALREADY_RUNNING, LaunchSpec};
use super::stop;

/// How long a start may take; loading many tables takes a while.
pub const START_LIMIT: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(10);
/// Variables that the program itself needs to start.
const KEPT: [&str; 3] = ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LLVM_PROFILE_FILE"];
const REASON_LINES: usize = 20;

/// A running host of the engine. Dropping it stops it.
pub struct Host {
    process: Child,
    /// Closing it tells the host to shut down; the system closes it when this process dies.
    stdin: Option<ChildStdin>,
    layout: Layout,
}

/// What became of a start.
pub enum Started {
    Ready(Host, Announcement),
    /// Another process was faster.
    LostTheRace,
}

impl Host {
    /// Starts a host and waits until the engine listens.
    pub fn start(program: &Path, spec: &LaunchSpec) -> anyhow::Result<Started> {
        let layout = Layout::new(&spec.data_dir)?;
        layout.create_root()?;
        // A file, not a pipe: the host can write its last words though we are gone.
        let stderr = File::options()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(layout.stderr())
            .with_context(|| format!("cannot write {}", layout.stderr().display()))?;
        let mut process = Command::new(program)
            .arg(CHILD_COMMAND)
            // The environment may hold secrets, and the engine's users can read their process's own.
            .env_clear()
            .envs(
                KEPT.into_iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            )
            // A query means the same on every machine. The engine takes this, not <timezone> of its configuration.
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(stderr)
            // Ctrl-C in a terminal is for us; we stop the engine when we have finished with it.
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut stdin = process.stdin.take();
        if let Some(stdin) = &mut stdin {
            let line = serde_json::to_string(spec)? + "\n";
            // If it is gone already, its exit says why.
            let _ = stdin.write_all(line.as_bytes());
        }
        Self { process, stdin, layout }.wait_until_ready()
    }

    fn wait_until_ready(mut self) -> anyhow::Result<Started> {
        let deadline = Instant::now() + START_LIMIT;
        loop {
            if let Some(status) = self.process.try_wait()? {
                if status.code() == Some(i32::from(EXIT_ALREADY_RUNNING)) {
                    return Ok(Started::LostTheRace);
                }
                bail!("the embedded ClickHouse did not start ({status}): {}", self.reason());
            }
            let announced = Announcement::read(&self.layout).filter(|found| found.pid == self.pid());
            if let Some(announcement) = announced {
                return Ok(Started::Ready(self, announcement));
            }
            if Instant::now() > deadline {
                bail!(
                    "the embedded ClickHouse is not ready after {} s; its log is {}",
                    START_LIMIT.as_secs(),
                    self.layout.log().display()
                );
            }
            std::thread::sleep(POLL);
        }
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Why the host ended, if it has.
    pub fn ended(&mut self) -> Option<String> {
        match self.process.try_wait() {
            Ok(None) => None,
            Ok(Some(status)) => Some(format!("the embedded ClickHouse ended ({status}): {}", self.reason())),
            Err(error) => Some(format!("the embedded ClickHouse is lost: {error}")),
        }
    }

    /// Shuts the engine down, kills it when it takes too long, and answers with how it ended.
    pub fn stop(&mut self) -> std::io::Result<ExitStatus> {
        drop(self.stdin.take());
        // The host kills itself after the same grace; the margin lets it.
        let deadline = Instant::now() + stop::GRACE + Duration::from_secs(2);
        loop {
            if let Some(status) = self.process.try_wait()? {
                return Ok(status);
            }
            if Instant::now() > deadline {
                self.process.kill()?;
                return self.process.wait();
            }
            std::thread::sleep(POLL);
        }
    }

    /// The last lines that the host wrote to stderr.
    pub fn reason(&self) -> String {
        let text = std::fs::read(self.layout.stderr()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let says_something = |line: &&str| !line.trim().is_empty() && !line.starts_with("Logging trace to ");
        let lines: Vec<&str> = text.lines().filter(says_something).collect();
        let tail = lines[lines.len().saturating_sub(REASON_LINES)..].join("\n");
        let gap = if tail.is_empty() { "" } else { "\n" };
        format!("{tail}{gap}its log is {}", self.layout.log().display())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}
