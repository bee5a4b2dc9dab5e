//! Whether the cached library is still the file that was checked: a damaged one is a bus error at every start.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use ring::digest;
use serde::{Deserialize, Serialize};

use crate::layout::write_private;

/// What was found when the library was last read as a whole.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    sha256: String,
    state: State,
}

/// Changes whenever somebody writes to the file or puts another in its place.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    size: u64,
    modified_ns: i128,
    inode: u64,
}

/// Is the library the one that was unpacked? `pinned` is its hash where that is known without a record. Reads the file
/// only when its state differs from the one that was checked.
pub fn is_intact(library: &Path, pinned: Option<&str>) -> anyhow::Result<bool> {
    let recorded: Option<Record> = fs::read(record_of(library))
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok());
    let state = state(library)?;
    if recorded.as_ref().is_some_and(|record| record.state == state) {
        return Ok(true);
    }
    let Some(expected) = pinned.or(recorded.as_ref().map(|record| record.sha256.as_str())) else {
        return Ok(false);
    };
    if sha256(library)? != expected {
        return Ok(false);
    }
    record(library, expected.to_owned())?;
    Ok(true)
}

/// Takes the library as it is now for the right one: it was just unpacked from a package that matched its hash.
pub fn trust(library: &Path) -> anyhow::Result<()> {
    record(library, sha256(library)?)
}

fn record(library: &Path, sha256: String) -> anyhow::Result<()> {
    let record = Record {
        sha256,
        state: state(library)?,
    };
    write_private(&record_of(library), &serde_json::to_string(&record)?)
}

fn record_of(library: &Path) -> PathBuf {
    library.with_extension("checked")
}

fn state(library: &Path) -> anyhow::Result<State> {
    let metadata = fs::metadata(library).with_context(|| format!("cannot look at {}", library.display()))?;
    Ok(State {
        size: metadata.size(),
        modified_ns: i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec()),
        inode: metadata.ino(),
    })
}

fn sha256(path: &Path) -> anyhow::Result<String> {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(path)?;
        let mut context = digest::Context::new(&digest::SHA256);
        let mut chunk = vec![0; 1 << 20];
        loop {
            match file.read(&mut chunk)? {
                0 => break,
                length => context.update(&chunk[..length]),
            }
        }
        Ok(context
            .finish()
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect())
    };
    read().with_context(|| format!("cannot read {}", path.display()))
}
