use std::process::ExitCode;

use clap::Parser;
use kulprit::cli::Cli;

fn main() -> ExitCode {
    // ClickHouse runs this program under the UDF's name, and the engine's host is this program too.
    if is_udf() {
        return kulprit_udf::main_from_args();
    }
    if let Some(code) = kulprit_engine::run_if_child() {
        return code;
    }
    let cli = Cli::parse();
    let result = tokio::runtime::Runtime::new()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(cli.run()));
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn is_udf() -> bool {
    let program = std::env::args_os().next().map(std::path::PathBuf::from);
    program.is_some_and(|program| {
        program
            .file_name()
            .is_some_and(|name| name == kulprit_engine::UDF_PROGRAM)
    })
}
