//! What was rotated away while nobody looked: files beside one that is followed, which hold what was not read yet.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use indicatif::ProgressBar;

use super::input::{Input, without_packing};
use super::known::{self, Identity, Known};
use super::open::open;

/// The rotated files of `path`, the oldest first: the first of which something was read, and those that are newer. The file
/// that goes by the name now has been claimed.
pub fn of(path: &Path, known: &Known) -> Vec<PathBuf> {
    let Ok(absolute) = std::path::absolute(path) else {
        return Vec::new();
    };
    if !known.misses(&absolute) {
        return Vec::new();
    }
    let mut siblings = siblings(&absolute);
    siblings.sort_by_key(|(written, _)| *written);
    let last_read = siblings
        .iter()
        .find(|(_, sibling)| File::open(sibling).is_ok_and(|file| holds_what_was_read(sibling, &file, known)));
    let Some(since) = last_read.map(|(written, _)| *written) else {
        return Vec::new();
    };
    siblings.retain(|(written, _)| *written >= since);
    siblings.into_iter().map(|(_, path)| path).collect()
}

/// The files beside `path` whose names begin with its name, as rotation names them.
fn siblings(path: &Path) -> Vec<(SystemTime, PathBuf)> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Vec::new();
    };
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(|other| is_rotated(other, name)))
        .filter_map(|entry| {
            let data = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
            Some((data.modified().ok()?, entry.path()))
        })
        .collect()
}

/// Whether rotation makes `other` of `name`: app.log.1, app.log-20260131.gz, app-2026-01-31.log, app.1.log.
fn is_rotated(other: &str, name: &str) -> bool {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let other = without_packing(other);
    let marks = |mark: &str| {
        mark.bytes().any(|byte| byte.is_ascii_digit())
            && mark
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b".-_:TZ".contains(&byte))
    };
    let before_ending = || {
        let rest = other.strip_prefix(stem)?.strip_suffix(ending)?;
        rest.strip_suffix('.')
    };
    other.strip_prefix(name).is_some_and(marks) || !ending.is_empty() && before_ending().is_some_and(marks)
}

/// Whether the file is one that was read before.
fn holds_what_was_read(path: &Path, file: &File, known: &Known) -> bool {
    let Ok(opened) = open(&Input::File(path.to_owned()), Some(file), ProgressBar::hidden()) else {
        return false;
    };
    let Ok(data) = file.metadata() else {
        return false;
    };
    let (device, inode) = known::numbers(&data);
    let identity = Identity {
        path,
        device,
        inode,
        head: &opened.head,
        bytes: opened.bytes(),
        is_lines: true,
    };
    known.is_left(identity, |position| {
        opened.bytes().is_none_or(|bytes| position.at <= bytes) && opened.fits(position)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotation_is_known_by_the_name() {
        for other in [
            "app.log.1",
            "app.log.2.gz",
            "app.log-20260131",
            "app-2026-01-31.log",
            "app.1.log.zst",
            "app.log.2026-01-31T10:00:00Z",
        ] {
            assert!(is_rotated(other, "app.log"), "{other}");
        }
        for other in [
            "app.log",
            "app.log.bak",
            "application.log",
            "app-worker.log",
            "app.log.gz",
            "app-worker-1.log",
        ] {
            assert!(!is_rotated(other, "app.log"), "{other}");
        }
        assert!(is_rotated("syslog.1", "syslog") && !is_rotated("syslog-ng.1", "syslog"));
    }
}
