//! What is read: files and standard input, by the names that the user gives.

use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use jiff::Timestamp;

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    File(PathBuf),
    /// A file that a directory was searched for: if its content is no log, it is left out and not a failure.
    Found(PathBuf),
    Stdin,
}

impl From<&str> for Input {
    /// `-` is standard input.
    fn from(name: &str) -> Self {
        if name == "-" {
            Self::Stdin
        } else {
            Self::File(name.into())
        }
    }
}

/// How a file's bytes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Parquet,
    /// JSON objects: one a line, one after the other, or in an array.
    JsonLines,
    /// Comma-separated, with a header.
    Csv,
    /// Log lines.
    Plain,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "parquet" => Ok(Self::Parquet),
            "jsonl" | "ndjson" | "json" => Ok(Self::JsonLines),
            "csv" => Ok(Self::Csv),
            "plain" | "log" => Ok(Self::Plain),
            _ => Err(format!(
                "unknown format {name:?}: one of parquet, jsonl, csv, plain is needed"
            )),
        }
    }
}

impl Input {
    /// The inputs that a name on the command line stands for: a file, standard input (`-`), every file in and below a
    /// directory, or those that a pattern with `*`, `?` or `[…]` matches.
    ///
    /// # Errors
    /// A pattern that is malformed or matches nothing; a directory that cannot be read.
    pub fn named(name: &str) -> io::Result<Vec<Self>> {
        let path = Path::new(name);
        if name == "-" {
            return Ok(vec![Self::Stdin]);
        }
        if path.is_dir() {
            let mut found = Vec::new();
            files_below(path, &mut found)?;
            return Ok(found.into_iter().map(Self::Found).collect());
        }
        if path.exists() || !name.contains(['*', '?', '[']) {
            return Ok(vec![Self::File(path.to_owned())]);
        }
        let paths = glob::glob(name).map_err(|error| io::Error::other(format!("{name}: {error}")))?;
        let mut inputs = Vec::new();
        for path in paths {
            let path = path.map_err(|error| io::Error::other(error.to_string()))?;
            if path.is_file() {
                inputs.push(Self::File(path));
            }
        }
        if inputs.is_empty() {
            return Err(io::Error::other(format!("{name}: no file matches")));
        }
        Ok(inputs)
    }

    /// How the file is called in reports.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) | Self::Found(path) => path.display().to_string(),
            Self::Stdin => "standard input".to_owned(),
        }
    }

    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) | Self::Found(path) => Some(path),
            Self::Stdin => None,
        }
    }

    /// The format that the name's ending tells, if it tells one.
    pub fn format_by_name(&self) -> Option<Format> {
        let name = self.path()?.file_name()?.to_str()?.to_ascii_lowercase();
        let ending = Path::new(without_packing(&name)).extension()?.to_str()?;
        match ending {
            "parquet" => Some(Format::Parquet),
            "jsonl" | "ndjson" | "json" => Some(Format::JsonLines),
            "csv" => Some(Format::Csv),
            _ => None,
        }
    }

    /// The size in bytes, as far as it is known beforehand.
    pub fn size(&self) -> u64 {
        let size = |path: &Path| path.metadata().map_or(0, |data| data.len());
        self.path().map_or(0, size)
    }

    /// When the file was last written; now, for a stream.
    pub fn written(&self) -> Timestamp {
        let modified = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
        self.path()
            .and_then(modified)
            .and_then(|time| Timestamp::try_from(time).ok())
            .unwrap_or_else(Timestamp::now)
    }
}

/// A file's name without the ending that says how it is compressed.
pub fn without_packing(name: &str) -> &str {
    [".gz", ".zst", ".xz", ".bz2"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name)
}

/// The files in and below a directory, in the order of their names; links to directories are not followed.
fn files_below(directory: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", directory.display()));
    let mut entries: Vec<_> = std::fs::read_dir(directory)
        .map_err(named)?
        .collect::<Result<_, _>>()
        .map_err(named)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(named)?;
        if kind.is_dir() {
            files_below(&entry.path(), found)?;
        } else if entry.path().is_file() {
            found.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_ending_tells_the_format() {
        let cases = [
            ("a/otel_logs.parquet", Some(Format::Parquet)),
            ("a.JSONL", Some(Format::JsonLines)),
            ("a.ndjson.gz", Some(Format::JsonLines)),
            ("a.json.zst", Some(Format::JsonLines)),
            ("a.csv.xz", Some(Format::Csv)),
            ("dpkg.log.2.gz", None),
            ("syslog", None),
            ("-", None),
        ];
        for (name, format) in cases {
            assert_eq!(Input::from(name).format_by_name(), format, "{name}");
        }
    }

    #[test]
    fn directories_and_patterns_name_their_files() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        std::fs::create_dir(root.join("b")).unwrap();
        for name in ["a.log", "b/c.log", "b/d.txt"] {
            std::fs::write(root.join(name), "x").unwrap();
        }
        let names = |pattern: &str| -> Vec<String> {
            let inputs = Input::named(&root.join(pattern).display().to_string()).unwrap();
            let strip = |input: &Input| input.path().unwrap().strip_prefix(root).unwrap().display().to_string();
            inputs.iter().map(strip).collect()
        };
        assert_eq!(names(""), ["a.log", "b/c.log", "b/d.txt"]);
        assert_eq!(names("*/*.log"), ["b/c.log"]);
        assert_eq!(names("missing.log"), ["missing.log"]);
        assert!(Input::named(&root.join("*.csv").display().to_string()).is_err());
    }
}
