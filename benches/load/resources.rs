//! What a process takes of the machine.

/// Memory (resident) and open files.
pub struct Resources {
    pub memory_mb: u64,
    pub files: usize,
}

impl Resources {
    /// Of the process `pid`, by `/proc`.
    pub fn of(pid: u32) -> Self {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
        Self {
            memory_mb: kilobytes / 1_024,
            files: std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count(),
        }
    }
}
