//! Programs that run beside a test and end with it.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use nix::unistd::Pid;
use tempfile::NamedTempFile;

/// Longer than the engine's own grace.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program. Dropping it kills it, so it ends also when its test panics.
pub struct Process {
    child: Child,
    stdout: BufReader<ChildStdout>,
    // A file, since a pipe that nobody empties would hold the program up.
    stderr: NamedTempFile,
}

impl Process {
    pub fn start(command: Command) -> Self {
        let stderr = NamedTempFile::new().unwrap();
        let file = File::create(stderr.path()).unwrap();
        Self::spawn(command, file.into(), stderr)
    }

    /// The same for a program whose stderr nobody reads: it is a pipe that is closed at this end.
    pub fn start_unread(command: Command) -> Self {
        let mut process = Self::spawn(command, Stdio::piped(), NamedTempFile::new().unwrap());
        drop(process.child.stderr.take());
        process
    }

    fn spawn(mut command: Command, to: Stdio, stderr: NamedTempFile) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(to);
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout, stderr }
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// What the program prints, up to and with the first line that begins with `start`.
    pub fn read_until(&mut self, start: &str) -> String {
        let mut printed = String::new();
        loop {
            let before = printed.len();
            if self.stdout.read_line(&mut printed).unwrap() == 0 {
                panic!("it never printed {start:?}: {printed}{}", self.stderr());
            }
            if printed[before..].starts_with(start) {
                return printed;
            }
        }
    }

    /// What follows `start` on the line that begins with it.
    pub fn announced(&mut self, start: &str) -> String {
        let printed = self.read_until(start);
        let line = printed.lines().last().unwrap_or_default();
        line.strip_prefix(start).unwrap_or_default().trim().to_owned()
    }

    /// What the program has said on stderr so far.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.stderr.path()).unwrap()).into_owned()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn send(&self, signal: Signal) {
        kill(self.pid(), signal);
    }

    /// Waits for the program to end.
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end: {}", self.stderr());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends the program with a signal; its exit code (-1 when it was killed) and what it said on stderr.
    pub fn end(mut self, signal: Signal) -> (i32, String) {
        self.send(signal);
        let status = self.wait();
        (status.code().unwrap_or(-1), self.stderr())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process, which must be there.
pub fn kill(pid: u32, signal: Signal) {
    nix::sys::signal::kill(Pid::from_raw(pid.try_into().unwrap()), signal).unwrap();
}

/// A process that has ended but was not collected (by a container's idle first process, say) does not count.
pub fn is_alive(pid: u32) -> bool {
    let state = Command::new("ps")
        .args(["-o", "state=", "-p", &pid.to_string()])
        .output()
        .unwrap()
        .stdout;
    !matches!(state.first(), None | Some(b'Z'))
}

/// Waits until something is so; the test fails when it never is.
pub fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
