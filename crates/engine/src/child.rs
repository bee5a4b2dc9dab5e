//! The process that hosts the engine: `kulprit engine-child`, started by [`super::supervise`].

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use nix::sys::signal::{SigSet, Signal};

use super::config_files::{self, Ports};
use super::credentials::Credentials;
use super::endpoint::Announcement;
use super::layout::Layout;
use super::lock::{self, Lock};
use super::spec::{CHILD_COMMAND, EXIT_ALREADY_RUNNING, LaunchSpec};
use super::stop::StopSwitch;
use super::{chdb, udf_files};

/// Where a process sees its own open files.
const OWN_FDS: &str = if cfg!(target_os = "linux") {
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
    let signals: SigSet = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP].into_iter().collect();
    signals.thread_block().context("cannot block signals")?;
    let mut parent = take_stdin()?;
    let mut line = String::new();
    parent.read_line(&mut line)?;
    let spec: LaunchSpec =
        serde_json::from_str(&line).context("engine-child is started by kulprit itself; use `kulprit engine`")?;
    let layout = Layout::new(&spec.data_dir)?;
    layout.create_root()?;
    let Some(lock) = lock::take(&layout.lock(), Duration::from_secs(1))? else {
        return Ok(ExitCode::from(EXIT_ALREADY_RUNNING));
    };
    prepare(&layout, &spec)?;

    let (stop_reader, stop_writer) = std::io::pipe()?;
    let (port_reader, port_writer) = std::io::pipe()?;
    let switch = StopSwitch::new(stop_writer, layout.clone());
    switch.on_signal(signals);
    switch.on_end_of(parent);
    announce_when_ready(port_reader, layout.clone());
    let boot = config_files::boot_sql(
        OWN_FDS,
        port_writer.as_raw_fd(),
        stop_reader.as_raw_fd(),
        spec.tcp_port.is_some(),
    )?;
    let arguments = [
        "clickhouse".to_owned(),
        format!("--config-file={}", layout.config().join("config.xml").display()),
        format!("--path={}", layout.store().display()),
        "--multiquery".to_owned(),
        format!("--query={boot}"),
    ];
    let error = chdb::run(&spec.library, &arguments);
    Announcement::withdraw(&layout);
    end(lock, &switch, error)
}

/// Brings the data directory into the state that the engine starts from. Only for the holder of the lock.
fn prepare(layout: &Layout, spec: &LaunchSpec) -> anyhow::Result<()> {
    Announcement::withdraw(layout);
    // What an earlier host complained of.
    File::options()
        .write(true)
        .truncate(true)
        .open(layout.stderr())
        .context("cannot empty engine.stderr")?;
    let credentials = Credentials::load_or_create(layout)?;
    let ports = Ports {
        http: spec.http_port,
        tcp: spec.tcp_port,
    };
    config_files::write(layout, &credentials, ports)?;
    match &spec.udf_config {
        Some(config) => udf_files::install(layout, &spec.udf_executable, config),
        None => Ok(()),
    }
}

/// The engine has returned: in order only when it was told to.
fn end(lock: Lock, switch: &StopSwitch, error: anyhow::Result<String>) -> anyhow::Result<ExitCode> {
    let error = error?;
    drop(lock);
    if switch.is_thrown() && error.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    bail!(
        "the engine ended by itself: {}",
        if error.is_empty() { "see above" } else { &error }
    )
}

/// Moves stdin away, so that neither the engine nor a function's process reads from the parent's pipe or keeps it open.
fn take_stdin() -> anyhow::Result<BufReader<File>> {
    let kept = std::io::stdin().as_fd().try_clone_to_owned()?;
    nix::unistd::dup2_stdin(File::open("/dev/null")?)?;
    Ok(BufReader::new(File::from(kept)))
}

/// The engine writes its port when it listens.
fn announce_when_ready(port: std::io::PipeReader, layout: Layout) {
    std::thread::spawn(move || {
        let mut line = String::new();
        if BufReader::new(port.take(16)).read_line(&mut line).is_err() || line.is_empty() {
            // It never came so far; why, it says itself.
            return;
        }
        let announced = line
            .trim()
            .parse()
            .with_context(|| format!("{line:?} is no port"))
            .and_then(|port: u16| {
                Announcement {
                    url: format!("http://127.0.0.1:{port}"),
                    pid: std::process::id(),
                }
                .write(&layout)
            });
        if let Err(error) = announced {
            eprintln!("cannot say where the engine answers: {error:#}");
        }
    });
}
