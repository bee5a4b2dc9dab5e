//! The program. All of it is in the library, so that nothing is compiled twice.

fn main() -> std::process::ExitCode {
    // First what this program is to programs of its own.
    kulprit::cli::run_if_child()
        .or_else(kulprit::grafana::run_if_plugin)
        .unwrap_or_else(kulprit::cli::main)
}
