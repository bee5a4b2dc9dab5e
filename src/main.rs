use std::process::ExitCode;

use clap::Parser;
use kulprit::cli::engine::{EngineArgs, run};

#[derive(Parser)]
enum Command {
    Engine(EngineArgs),
}

fn main() -> ExitCode {
    if let Some(code) = kulprit::engine::run_if_child() {
        return code;
    }
    let Command::Engine(args) = Command::parse();
    let result = tokio::runtime::Runtime::new()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(run(args, None)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
