//! Where bytes come from: files, compressed or not, and standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use flate2::bufread::MultiGzDecoder;
use indicatif::ProgressBar;
use jiff::Timestamp;

const BUFFER: usize = 256 << 10;

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    File(PathBuf),
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
    /// One JSON object a line.
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
    /// How the file is called in reports.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Stdin => "standard input".to_owned(),
        }
    }

    /// The format that the name's ending tells; plain log lines where it tells none.
    pub fn format(&self) -> Format {
        match self.ending().as_deref() {
            Some("parquet") => Format::Parquet,
            Some("jsonl" | "ndjson" | "json") => Format::JsonLines,
            Some("csv") => Format::Csv,
            _ => Format::Plain,
        }
    }

    /// A service's name out of the file's: `/var/log/dpkg.log.2.gz` is `dpkg`.
    pub fn stem(&self) -> String {
        let Self::File(path) = self else {
            return "stdin".to_owned();
        };
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let mut stem = name.strip_suffix(".gz").unwrap_or(&name);
        while let Some((head, tail)) = stem.rsplit_once('.') {
            let rotated = !tail.is_empty() && tail.bytes().all(|byte| byte.is_ascii_digit());
            if head.is_empty()
                || !(rotated || ["log", "txt", "out", "err", "jsonl", "ndjson", "json", "csv"].contains(&tail))
            {
                break;
            }
            stem = head;
        }
        stem.to_owned()
    }

    /// The size in bytes, as far as it is known beforehand.
    pub fn size(&self) -> u64 {
        match self {
            Self::File(path) => path.metadata().map_or(0, |data| data.len()),
            Self::Stdin => 0,
        }
    }

    /// When the file was last written; now, for a stream.
    pub fn written(&self) -> Timestamp {
        let modified = match self {
            Self::File(path) => path.metadata().and_then(|data| data.modified()).ok(),
            Self::Stdin => None,
        };
        modified
            .and_then(|time| Timestamp::try_from(time).ok())
            .unwrap_or_else(Timestamp::now)
    }

    fn ending(&self) -> Option<String> {
        let Self::File(path) = self else { return None };
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        Path::new(name)
            .extension()
            .map(|ending| ending.to_string_lossy().into_owned())
    }

    /// Opens the text formats; gzip is recognised by its first two bytes, whatever the file is called.
    pub fn open(&self, progress: ProgressBar) -> io::Result<Box<dyn BufRead>> {
        let source: Box<dyn Read> = match self {
            Self::File(path) => {
                if path.is_dir() {
                    return Err(io::Error::other("it is a directory: name the files in it"));
                }
                Box::new(File::open(path)?)
            }
            Self::Stdin => Box::new(io::stdin()),
        };
        let mut source = BufReader::with_capacity(BUFFER, Counted { source, progress });
        if source.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
            return Ok(Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(source))));
        }
        Ok(Box::new(source))
    }
}

/// Moves the progress bar by the bytes that are read.
struct Counted {
    source: Box<dyn Read>,
    progress: ProgressBar,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.progress.inc(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_tells_the_format() {
        let cases = [
            ("a/otel_logs.parquet", Format::Parquet),
            ("a.JSONL", Format::JsonLines),
            ("a.ndjson.gz", Format::JsonLines),
            ("a.json", Format::JsonLines),
            ("a.csv.gz", Format::Csv),
            ("dpkg.log.2.gz", Format::Plain),
            ("syslog", Format::Plain),
            ("-", Format::Plain),
        ];
        for (name, format) in cases {
            assert_eq!(Input::from(name).format(), format, "{name}");
        }
    }

    #[test]
    fn the_stem_names_the_service() {
        let cases = [
            ("/var/log/dpkg.log", "dpkg"),
            ("/var/log/dpkg.log.2.gz", "dpkg"),
            ("nginx.access.log", "nginx.access"),
            ("syslog", "syslog"),
            (".log", ".log"),
            ("-", "stdin"),
        ];
        for (name, stem) in cases {
            assert_eq!(Input::from(name).stem(), stem, "{name}");
        }
    }
}
