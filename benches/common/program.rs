//! The program that is measured.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, ensure};

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// `kulprit` next to this bench, built from the same sources: Cargo does not build another package's program for a bench, so
/// the bench asks it to. Started without Cargo, a bench takes the program that is there.
pub fn program() -> anyhow::Result<PathBuf> {
    if let Some(program) = PROGRAM.get() {
        return Ok(program.clone());
    }
    let bench = std::env::current_exe().context("find the bench's own file")?;
    // target/release/deps/answer-0123456789abcdef
    let directory = bench
        .parent()
        .and_then(Path::parent)
        .context("find the build directory")?;
    let program = directory
        .join("kulprit")
        .with_extension(std::env::consts::EXE_EXTENSION);
    let profile = if directory.ends_with("release") {
        "release"
    } else {
        "dev"
    };
    if let Some(cargo) = std::env::var_os("CARGO") {
        let built = Command::new(cargo)
            .args([
                "build",
                "--package",
                "kulprit",
                "--bin",
                "kulprit",
                "--profile",
                profile,
            ])
            .status()
            .context("run cargo build")?;
        ensure!(built.success(), "cargo build of the program ended with {built}");
    }
    ensure!(
        program.is_file(),
        "{} is not there: build it with `cargo build --profile {profile} --bin kulprit`",
        program.display()
    );
    Ok(PROGRAM.get_or_init(|| program).clone())
}
