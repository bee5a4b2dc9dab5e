//! Lists the files under `sql/`, sorted, so that a new one is known without being named anywhere.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Statements of the incident store: SQLite's, and another crate's.
const NOT_CLICKHOUSE: &str = "incidents";

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sql").canonicalize()?;
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.retain(|file| !file.starts_with(root.join(NOT_CLICKHOUSE)));
    let mut named: Vec<(String, PathBuf)> = files
        .into_iter()
        .filter_map(|file| Some((name(&root, &file)?, file)))
        .collect();
    named.sort();
    let mut list = String::from("&[\n");
    for (name, file) in named {
        // Writing to a String cannot fail.
        let _ = writeln!(list, "    ({name:?}, include_str!({file:?})),");
    }
    list.push_str("]\n");
    println!("cargo::rerun-if-changed={}", root.display());
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets no OUT_DIR"))?;
    fs::write(Path::new(&out).join("sql_files.rs"), list)
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// A statement's identity: its path under `sql/` without the ending.
fn name(root: &Path, file: &Path) -> Option<String> {
    let path = file.strip_prefix(root).ok()?.to_str()?;
    Some(path.strip_suffix(".sql")?.replace('\\', "/"))
}
