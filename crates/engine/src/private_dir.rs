//! A data directory is its owner's alone: logs are nobody else's business, and a file that somebody else placed there
//! would be believed.

use std::fs::{self, DirBuilder, Metadata, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, ensure};

const OTHERS: u32 = 0o077;

/// Makes the directory if it is absent, and takes from everybody else what they may do in it. `left_alone` is a directory
/// in it whose files are links to files elsewhere.
pub fn prepare(root: &Path, left_alone: &Path) -> anyhow::Result<()> {
    let cannot = || format!("cannot make the data directory {} private", root.display());
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(root)
        .with_context(|| format!("cannot create the data directory {}", root.display()))?;
    let metadata = fs::metadata(root).with_context(cannot)?;
    let own = nix::unistd::geteuid().as_raw();
    ensure!(
        metadata.uid() == own,
        "the data directory {} belongs to the user {}, who could change what is in it: chown it to {own}, or give another \
         with --data DIR",
        root.display(),
        metadata.uid()
    );
    let was_open = is_open(&metadata);
    close(root, &metadata).with_context(cannot)?;
    close_entries(root, left_alone, was_open).with_context(cannot)
}

/// Closes what is in `directory`; below it only where `all` or where the way down was open, which costs once.
fn close_entries(directory: &Path, left_alone: &Path, all: bool) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let path = entry.path();
        // What has gone meanwhile is closed.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_symlink() {
            continue;
        }
        let was_open = is_open(&metadata);
        match close(&path, &metadata) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            other => other?,
        }
        if metadata.is_dir() && (all || was_open) && path != left_alone {
            close_entries(&path, left_alone, all || was_open)?;
        }
    }
    Ok(())
}

fn is_open(metadata: &Metadata) -> bool {
    metadata.mode() & OTHERS != 0
}

fn close(path: &Path, metadata: &Metadata) -> std::io::Result<()> {
    if is_open(metadata) {
        fs::set_permissions(path, Permissions::from_mode(metadata.mode() & 0o7700))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().mode() & 0o777
    }

    #[test]
    fn what_others_could_read_is_closed_and_links_are_not_followed() {
        let outside = tempfile::TempDir::new().unwrap();
        let target = outside.path().join("theirs");
        fs::write(&target, "x").unwrap();
        fs::set_permissions(&target, Permissions::from_mode(0o644)).unwrap();
        let root = outside.path().join("data");
        let [scripts, deep] = ["scripts", "store/a/b"].map(|name| root.join(name));
        fs::create_dir_all(&scripts).unwrap();
        fs::create_dir_all(&deep).unwrap();
        for directory in [&root, &scripts, &root.join("store"), &root.join("store/a"), &deep] {
            fs::set_permissions(directory, Permissions::from_mode(0o755)).unwrap();
        }
        let column = deep.join("data.bin");
        fs::write(&column, "x").unwrap();
        fs::set_permissions(&column, Permissions::from_mode(0o644)).unwrap();
        std::os::unix::fs::symlink(&target, root.join("link")).unwrap();
        fs::hard_link(&target, scripts.join("program")).unwrap();

        prepare(&root, &scripts).unwrap();

        for directory in [&root, &scripts, &deep] {
            assert_eq!(mode(directory), 0o700, "{}", directory.display());
        }
        assert_eq!(mode(&column), 0o600);
        assert_eq!(mode(&target), 0o644, "a file elsewhere was changed");

        // Later starts look at the first level only, and mend that.
        let fresh = root.join("incidents.db");
        fs::write(&fresh, "x").unwrap();
        fs::set_permissions(&fresh, Permissions::from_mode(0o644)).unwrap();
        prepare(&root, &scripts).unwrap();
        assert_eq!(mode(&fresh), 0o600);
    }
}
