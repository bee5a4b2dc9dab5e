//! What the engine's process gives up before it loads the library.
//!
//! The library is `clickhouse-local`: whatever its users are granted, its SQL reads files (the scalar function `file`)
//! and runs commands (the source `EXECUTABLE` of a dictionary). Only the kernel can stop that, by Landlock, and only for
//! threads that do not run yet: the confined thread becomes the engine's main thread.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::stat::{Mode, umask};

use super::layout::Layout;

/// No core dumps, since they hold what the memory holds, and no file that others may read. For the whole process.
pub fn keep_private() -> anyhow::Result<()> {
    umask(Mode::from_bits_truncate(0o077));
    setrlimit(Resource::RLIMIT_CORE, 0, 0).context("cannot turn core dumps off")
}

/// What the engine may reach.
#[derive(Debug)]
pub struct Reach {
    /// Directories in which it does as it likes.
    pub writes: Vec<PathBuf>,
    pub reads: Vec<PathBuf>,
    /// Directories in which it sees names, and nothing in the files.
    pub lists: Vec<PathBuf>,
    /// Programs, each a file.
    pub runs: Vec<PathBuf>,
}

impl Reach {
    /// Its store and its log; the library, what the library and a resolver need; the functions' program.
    pub fn of_engine(layout: &Layout, library: &Path) -> Self {
        const SYSTEM: [&str; 20] = [
            "/lib",
            "/lib64",
            "/usr/lib",
            "/usr/lib64",
            "/usr/local/lib",
            "/etc/ld.so.cache",
            "/etc/localtime",
            "/usr/share/zoneinfo",
            // To find hosts and to trust them.
            "/etc/hosts",
            "/etc/host.conf",
            "/etc/nsswitch.conf",
            "/etc/resolv.conf",
            "/etc/gai.conf",
            "/etc/ssl/certs",
            "/etc/ssl/openssl.cnf",
            "/etc/pki/tls/certs",
            "/usr/share/ca-certificates",
            "/dev/urandom",
            "/dev/random",
            // Processors, disks and limits.
            "/sys",
        ];
        const STATE: [&str; 12] = [
            "/proc/self",
            "/proc/cpuinfo",
            "/proc/diskstats",
            "/proc/loadavg",
            "/proc/meminfo",
            "/proc/pressure",
            "/proc/stat",
            "/proc/sys/fs/file-nr",
            "/proc/sys/kernel",
            "/proc/sys/vm",
            "/proc/uptime",
            "/proc/version",
        ];
        let loaded = mapped_files();
        let mut reads = vec![layout.config(), layout.user_defined(), library.to_owned()];
        reads.extend(SYSTEM.map(PathBuf::from));
        reads.extend(STATE.map(PathBuf::from));
        // This program and the libraries that it needed, wherever the system keeps them.
        reads.extend(loaded.iter().cloned());
        let mut runs = vec![layout.user_scripts().join(super::udf_files::PROGRAM)];
        // The loader is run by the kernel for every program that is linked dynamically.
        runs.extend(loaded.into_iter().filter(|path| {
            path.file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with("ld-") || name.starts_with("ld."))
        }));
        Self {
            writes: vec![layout.store(), layout.tmp(), layout.log_dir(), "/dev/null".into()],
            reads,
            // It looks for the functions' configuration by listing every directory above it.
            lists: vec!["/".into()],
            runs,
        }
    }
}

/// The files that make up this process.
fn mapped_files() -> Vec<PathBuf> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let mut files: Vec<PathBuf> = maps
        .lines()
        .filter_map(|line| line.find('/').map(|start| PathBuf::from(&line[start..])))
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files.dedup();
    files
}

/// Confines this thread, and all threads and processes that it will start, to `reach`. An error: the kernel can't, and
/// nothing is confined.
#[cfg(target_os = "linux")]
pub fn confine(reach: &Reach) -> anyhow::Result<()> {
    use landlock::{
        ABI, Access as _, AccessFs, CompatLevel, Compatible as _, PathFd, Ruleset, RulesetAttr as _,
        RulesetCreatedAttr as _, Scope, path_beneath_rules,
    };

    // Without the rights of version 2 a file can't be linked or moved into another directory, as a mutation does.
    let needed = AccessFs::from_all(ABI::V2);
    let known = ABI::V6;
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(needed)
        .context("the kernel has no Landlock of version 2 or later (Linux 5.19)")?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(known))?
        .scope(Scope::from_all(known))?;
    // An entry of /proc that nobody uses may be forgotten, and its rule with it: these stay in use.
    for path in reach.reads.iter().filter(|path| path.starts_with("/proc")) {
        if let Ok(held) = PathFd::new(path) {
            std::mem::forget(held);
        }
    }
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    ruleset
        .create()
        .context("the kernel's Landlock is turned off")?
        .no_new_privs(true)
        .add_rules(path_beneath_rules(&reach.reads, read))?
        .add_rules(path_beneath_rules(&reach.lists, AccessFs::ReadDir))?
        .add_rules(path_beneath_rules(&reach.runs, AccessFs::Execute | AccessFs::ReadFile))?
        .add_rules(path_beneath_rules(
            &reach.writes,
            AccessFs::from_all(known) & !AccessFs::Execute,
        ))?
        .restrict_self()
        .context("the kernel refuses the Landlock rules")?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub fn confine(_: &Reach) -> anyhow::Result<()> {
    anyhow::bail!("this system has no Landlock")
}
