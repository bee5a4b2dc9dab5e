//! The engine's library in a cache that all data directories of a user share.

mod verified;

use std::fs::{self, DirBuilder, File};
use std::io::BufReader;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use flate2::read::GzDecoder;

use super::npmrc::Registry;
use super::platform::{self, Platform};
use super::{download, https, lock, registry};

/// Environment variable with the path of a library to use instead of a fetched one.
pub const LIBRARY_VARIABLE: &str = "KULPRIT_ENGINE_LIB";
const CACHE_VARIABLE: &str = "KULPRIT_CACHE_DIR";
const LIBRARY: &str = "libchdb.so";

/// The library to load: the one given (by option or `KULPRIT_ENGINE_LIB`), else the cached one, fetched when missing.
///
/// Blocks while it fetches.
pub fn library(given: Option<&Path>) -> anyhow::Result<PathBuf> {
    let variable = || {
        std::env::var_os(LIBRARY_VARIABLE)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    };
    if let Some(path) = given.map(Path::to_owned).or_else(variable) {
        if !path.is_file() {
            bail!(
                "there is no engine library at {}: give the path of a libchdb.so",
                path.display()
            );
        }
        return Ok(std::path::absolute(path)?);
    }
    let platform = platform::current()?;
    cached(&platform, &directory()?, Registry::from_user_settings)
}

/// `KULPRIT_CACHE_DIR`, else `kulprit` in the user's cache directory.
fn directory() -> anyhow::Result<PathBuf> {
    let from = |name: &str| {
        std::env::var_os(name)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    };
    from(CACHE_VARIABLE)
        .or_else(|| from("XDG_CACHE_HOME").map(|base| base.join("kulprit")))
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache").join("kulprit")))
        .with_context(|| format!("no home directory to keep the engine in: set {CACHE_VARIABLE}"))
}

fn cached(platform: &Platform, cache: &Path, registry: impl FnOnce() -> Registry) -> anyhow::Result<PathBuf> {
    let directory = cache
        .join("engine")
        .join(format!("{}-{}", platform::VERSION, platform.name));
    let library = directory.join(LIBRARY);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&directory)
        .with_context(|| format!("cannot create {}", directory.display()))?;
    let lock = directory.join("lock");
    let _held = match lock::take(&lock, Duration::ZERO)? {
        Some(held) => held,
        None => {
            tracing::info!("another kulprit is fetching the ClickHouse engine: waiting for it");
            lock::wait(&lock)?
        }
    };
    // It gets its name only when it is whole; what happened to it since is another matter.
    let is_there = library.is_file();
    if is_there && verified::is_intact(&library, platform.library_sha256)? {
        return Ok(library);
    }
    if is_there {
        tracing::warn!(
            "the ClickHouse engine in {} is damaged: fetching it again",
            library.display()
        );
    }
    install(platform, &registry(), &directory, &library).context(
        "cannot get the embedded ClickHouse; without network, give a libchdb.so with --engine-lib PATH or \
         KULPRIT_ENGINE_LIB, or a server with --url",
    )?;
    Ok(library)
}

fn install(platform: &Platform, registry: &Registry, directory: &Path, library: &Path) -> anyhow::Result<()> {
    let agent = https::agent(registry.cafile.as_deref())?;
    let package = registry::locate(
        &agent,
        registry,
        &platform.package(),
        platform::VERSION,
        platform.integrity,
    )?;
    let part = directory.join("package.tgz.part");
    download::fetch(&agent, &package, &part)?;
    unpack(&part, library)?;
    verified::trust(library)?;
    fs::remove_file(&part).with_context(|| format!("cannot remove {}", part.display()))
}

/// Writes the library out of an npm package under its final name, all or nothing.
fn unpack(package: &Path, library: &Path) -> anyhow::Result<()> {
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(File::open(package)?)));
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?;
        let name = path.file_name().and_then(|name| name.to_str());
        if !matches!(name, Some(LIBRARY | "libchdb.dylib")) {
            continue;
        }
        let unfinished = library.with_extension("unfinished");
        let mut file = File::create(&unfinished).with_context(|| format!("cannot write {}", unfinished.display()))?;
        std::io::copy(&mut entry, &mut file)
            .and_then(|_| file.sync_all())
            .with_context(|| format!("cannot unpack the engine into {}", unfinished.display()))?;
        return fs::rename(&unfinished, library)
            .with_context(|| format!("cannot name the engine {}", library.display()));
    }
    bail!("there is no {LIBRARY} in the package")
}

#[cfg(test)]
mod tests;
