//! The process that hosts the engine: `kulprit engine-child`, started by [`super::supervise`].

use std::fs::File;
use std::io::{BufRead as _, BufReader, PipeReader, Read as _};
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

use anyhow::{Context as _, bail};
use nix::sys::signal::{SigSet, Signal};

use super::config_files::{self, BootPipes};
use super::confine::{self, Reach};
use super::credentials::Credentials;
use super::endpoint::Announcement;
use super::layout::Layout;
use super::lock;
use super::ports::Ports;
use super::spec::{CHILD_COMMAND, EXIT_ALREADY_RUNNING, LaunchSpec};
use super::stop::StopSwitch;
use super::{chdb, drain, udf_files};

/// Where a process sees its own open files.
pub const OWN_FDS: &str = if cfg!(target_os = "linux") {
    "/proc/self/fd"
} else {
    "/dev/fd"
};

/// Hosts the engine when this process was started for that, and answers with its exit code then.
///
/// Call it first thing in `main`, before any thread exists: the signals that stop the engine must be blocked in all.
pub fn run_if_child() -> Option<ExitCode> {
    if std::env::args_os()
        .nth(1)
        .is_none_or(|command| command != CHILD_COMMAND)
    {
        return None;
    }
    Some(match host() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    })
}

fn host() -> anyhow::Result<ExitCode> {
    // A terminal signals all its processes at once: its interrupt and its hang-up are the parent's to act on, which may have answers to
    // finish first, or may have been told to outlive the terminal.
    let of_terminal: SigSet = [Signal::SIGINT, Signal::SIGHUP].into_iter().collect();
    of_terminal.thread_block().context("cannot block signals")?;
    let signals: SigSet = [Signal::SIGTERM].into_iter().collect();
    signals.thread_block().context("cannot block signals")?;
    let mut parent = take_stdin()?;
    let mut line = String::new();
    parent.read_line(&mut line)?;
    let spec: LaunchSpec =
        serde_json::from_str(&line).context("engine-child is started by kulprit itself; use `kulprit engine`")?;
    confine::keep_private()?;
    let layout = Layout::new(&spec.data_dir)?;
    let Some(lock) = lock::take(&layout.lock(), Duration::from_secs(1))? else {
        return Ok(ExitCode::from(EXIT_ALREADY_RUNNING));
    };
    let (ports, run) = prepare(&layout, &spec)?;
    let reach = Reach::of_engine(&layout, &spec.library);

    let (stop_reader, stop_writer) = std::io::pipe()?;
    let (port_reader, port_writer) = std::io::pipe()?;
    let (closed_reader, closed_writer) = std::io::pipe()?;
    let (gone_reader, gone_writer) = std::io::pipe()?;
    let boot = config_files::boot_sql(
        OWN_FDS,
        BootPipes {
            port_fd: port_writer.as_raw_fd(),
            stop_fd: stop_reader.as_raw_fd(),
            closed_fd: closed_writer.as_raw_fd(),
            gone_fd: gone_reader.as_raw_fd(),
        },
        ports.tcp.is_some(),
    )?;
    let switch = StopSwitch::new(stop_writer, layout.clone());
    let open_ports = Arc::new(OnceLock::new());
    // These threads see to the data directory, so they start before this one gives it up.
    switch.on_signal(signals);
    switch.on_end_of(parent);
    drain::when_closed(closed_reader, gone_writer, open_ports.clone());
    let announcer = Announcer {
        layout: layout.clone(),
        run,
        open_ports: open_ports.clone(),
        switch: switch.clone(),
    };
    let (tell, told) = mpsc::channel();
    announcer.when_ready(port_reader, told);
    let confined = confine::confine(&reach);
    if spec.require_sandbox {
        confined.as_ref().map_err(|error| {
            anyhow::anyhow!("the engine would not be confined, and [engine] require_sandbox is set: {error:#}")
        })?;
    }
    let _ = tell.send(confined.err().map(|error| format!("{error:#}")));
    let arguments = [
        "clickhouse".to_owned(),
        format!("--config-file={}", layout.config().join("config.xml").display()),
        format!("--path={}", layout.store().display()),
        "--multiquery".to_owned(),
        "--ignore-error".to_owned(),
        format!("--query={boot}"),
    ];
    let error = chdb::run(&spec.library, &arguments);
    drop(lock);
    let error = error?;
    if open_ports.get().is_none() {
        bail!("the engine opened no port: {}", last_error(&layout).unwrap_or(error));
    }
    end(&switch, &error)
}

/// Brings the data directory into the state that the engine starts from, and answers with the ports to open and with the
/// name of this run. Only for the holder of the lock.
fn prepare(layout: &Layout, spec: &LaunchSpec) -> anyhow::Result<(Ports, String)> {
    Announcement::withdraw(layout);
    // What an earlier host complained of.
    File::options()
        .write(true)
        .truncate(true)
        .open(layout.stderr())
        .context("cannot empty engine.stderr")?;
    let ports = spec.ports.or_remembered(layout);
    if spec.keep_ports {
        spec.ports.remember(layout)?;
    }
    let credentials = Credentials::renew(layout)?;
    config_files::write(layout, &credentials, ports, &spec.readable_urls)?;
    if let Some(config) = &spec.udf_config {
        udf_files::install(layout, &spec.udf_executable, config)?;
    }
    Ok((ports, credentials.run))
}

/// The engine has returned: in order only when it was told to.
fn end(switch: &StopSwitch, error: &str) -> anyhow::Result<ExitCode> {
    if switch.is_thrown() && error.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    bail!(
        "the engine ended by itself: {}",
        if error.is_empty() { "see above" } else { error }
    )
}

/// Why no port could be opened, by the engine's log: the session that went on does not say it itself.
fn last_error(layout: &Layout) -> Option<String> {
    let log = std::fs::read(layout.log()).ok()?;
    let log = String::from_utf8_lossy(&log);
    let line = log
        .lines()
        .rfind(|line| line.contains("> executeQuery: Code: ") && line.contains("Listen ["))?;
    let message = &line[line.find("Code: ")?..];
    Some(message.split(" (version ").next().unwrap_or(message).to_owned())
}

/// Moves stdin away, so that neither the engine nor a function's process reads from the parent's pipe or keeps it open.
fn take_stdin() -> anyhow::Result<BufReader<File>> {
    let kept = std::io::stdin().as_fd().try_clone_to_owned()?;
    nix::unistd::dup2_stdin(File::open("/dev/null")?)?;
    Ok(BufReader::new(File::from(kept)))
}

/// Says in the data directory where the engine answers.
struct Announcer {
    layout: Layout,
    run: String,
    open_ports: Arc<OnceLock<Ports>>,
    switch: StopSwitch,
}

impl Announcer {
    /// The boot session writes its ports when it listens; `told` says why the engine is not confined, if it is not.
    fn when_ready(self, port: PipeReader, told: mpsc::Receiver<Option<String>>) {
        std::thread::spawn(move || {
            let mut line = String::new();
            if BufReader::new(port.take(32)).read_line(&mut line).is_err() || line.is_empty() {
                // It never came so far; why, it says itself.
                return;
            }
            if let Err(error) = self.announce(&line, told.recv().unwrap_or_default()) {
                eprintln!("{error:#}");
                self.switch.throw();
            }
        });
    }

    fn announce(&self, line: &str, unconfined: Option<String>) -> anyhow::Result<()> {
        let ports = Ports::parse(line)?;
        let _ = self.open_ports.set(ports);
        Announcement {
            url: format!("http://127.0.0.1:{}", ports.http),
            pid: std::process::id(),
            run: self.run.clone(),
            unconfined,
        }
        .write(&self.layout)
        .context("cannot say where the engine answers")
    }
}
