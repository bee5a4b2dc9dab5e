//! Fetches one file over HTTP(S) into a partial file: resumed where it broke off, refused when its hash is wrong.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use sha2::{Digest as _, Sha512};
use ureq::Agent;

use super::progress::Progress;
use super::registry::Package;

const ATTEMPTS: u32 = 4;

/// How one attempt ended.
enum Outcome {
    /// Everything that the server has is in the file.
    Complete,
    /// The connection broke; what came is kept.
    Interrupted(anyhow::Error),
}

/// Fills `part` with the package. What an earlier run left there is continued.
///
/// # Errors
/// When the server refuses, the network stays down, or the hash is wrong (then `part` is gone, too).
pub fn fetch(agent: &Agent, package: &Package, part: &Path) -> anyhow::Result<()> {
    let mut failures = 0;
    loop {
        let resumed = part.metadata().is_ok_and(|metadata| metadata.len() > 0);
        match attempt(agent, package, part)? {
            Outcome::Complete => match verify(package, part) {
                Ok(()) => return Ok(()),
                // A stale beginning spoils the whole: only a clean second try tells.
                Err(_) if resumed => remove(part)?,
                Err(error) => {
                    remove(part)?;
                    return Err(error);
                }
            },
            Outcome::Interrupted(error) => {
                failures += 1;
                if failures == ATTEMPTS {
                    return Err(error.context(format!("cannot fetch {}; the next start resumes it", package.url)));
                }
                std::thread::sleep(Duration::from_secs(1 << failures));
            }
        }
    }
}

fn attempt(agent: &Agent, package: &Package, part: &Path) -> anyhow::Result<Outcome> {
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(part)
        .with_context(|| format!("cannot write {}", part.display()))?;
    let have = file.seek(SeekFrom::End(0))?;
    // Compressed in transit, offsets would not be those of the file.
    let mut request = agent.get(&package.url).header("accept-encoding", "identity");
    if have > 0 {
        request = request.header("range", format!("bytes={have}-"));
    }
    if let Some(value) = &package.authorization {
        request = request.header("authorization", value);
    }
    let mut response = match request.call() {
        Ok(response) => response,
        Err(error) => return Ok(Outcome::Interrupted(error.into())),
    };
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
    let start = match response.status().as_u16() {
        // The server ignores ranges: from the beginning.
        200 => 0,
        206 if header("content-range").is_some_and(|range| range.starts_with(&format!("bytes {have}-"))) => have,
        // Nothing lies beyond what we have: complete, or from another file; the hash tells.
        416 if have > 0 => return Ok(Outcome::Complete),
        status @ (408 | 429 | 500..) => {
            return Ok(Outcome::Interrupted(anyhow::anyhow!(
                "{} answers {status}",
                package.url
            )));
        }
        status => bail!("{} answers {status}", package.url),
    };
    let total = header("content-length")
        .and_then(|length| length.parse::<u64>().ok())
        .map(|rest| start + rest);
    file.set_len(start)?;
    file.seek(SeekFrom::Start(start))?;
    let progress = Progress::new("fetching the ClickHouse engine", start, total);
    let copied = copy(&mut response.body_mut().as_reader(), &mut file, &progress);
    file.sync_data()?;
    progress.finish();
    match copied {
        Ok(copied) if total.is_none_or(|total| start + copied == total) => Ok(Outcome::Complete),
        Ok(copied) => Ok(Outcome::Interrupted(anyhow::anyhow!(
            "the connection closed after {} of {} bytes",
            start + copied,
            total.unwrap_or_default()
        ))),
        Err(CopyError::Read(error)) => Ok(Outcome::Interrupted(error.into())),
        Err(CopyError::Write(error)) => Err(error).with_context(|| format!("cannot write {}", part.display())),
    }
}

/// Which side of a copy failed: a broken line is tried again, a full disk is not.
enum CopyError {
    Read(io::Error),
    Write(io::Error),
}

fn copy(from: &mut impl Read, to: &mut File, progress: &Progress) -> Result<u64, CopyError> {
    let mut buffer = vec![0; 256 * 1024];
    let mut copied = 0;
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => return Ok(copied),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(CopyError::Read(error)),
        };
        to.write_all(&buffer[..read]).map_err(CopyError::Write)?;
        copied += read as u64;
        progress.advance(read as u64);
    }
}

fn verify(package: &Package, part: &Path) -> anyhow::Result<()> {
    let mut file = File::open(part)?;
    let mut hash = Sha512::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    let found = format!(
        "sha512-{}",
        base64::engine::general_purpose::STANDARD.encode(hash.finalize())
    );
    if found != package.integrity {
        bail!(
            "{} has the hash {found}, expected {}: it is damaged or not the package meant, and was thrown away",
            package.url,
            package.integrity
        );
    }
    Ok(())
}

fn remove(part: &Path) -> anyhow::Result<()> {
    std::fs::remove_file(part).with_context(|| format!("cannot remove {}", part.display()))
}

#[cfg(test)]
mod tests;
