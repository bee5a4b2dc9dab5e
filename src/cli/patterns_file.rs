//! `kulprit patterns FILE|-`: the patterns of a file of log lines, without any engine.

use anyhow::{Context, Result};
use kulprit_udf::catalog::{CatalogOptions, GroupedLines, Pattern, group_lines};
use std::fs::File;
use std::io::{BufReader, BufWriter, Write, stdin};
use std::path::Path;

/// How the patterns are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One row per line of the file: line number, pattern id, template with `<*>` for every placeholder.
    Tsv,
    /// One row per pattern, the most frequent first: messages, pattern id, template with typed placeholders.
    Table,
}

/// Groups the lines of `path` (`-` is standard input) and prints them to `out`.
///
/// # Errors
/// When the file cannot be read or `out` not be written to.
pub fn run(path: &Path, format: Format, options: CatalogOptions, out: impl Write) -> Result<()> {
    let grouped = if path == Path::new("-") {
        group_lines(stdin().lock(), options).context("cannot read standard input")?
    } else {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        group_lines(BufReader::with_capacity(1 << 16, file), options)
            .with_context(|| format!("cannot read {}", path.display()))?
    };
    if grouped.catalog.overflow().count > 0 {
        eprintln!(
            "warning: {} lines have shapes beyond the cap of distinct shapes and share one pattern",
            grouped.catalog.overflow().count
        );
    }
    let mut out = BufWriter::new(out);
    match format {
        Format::Tsv => write_tsv(&grouped, &mut out)?,
        Format::Table => write_table(&grouped, &mut out)?,
    }
    Ok(out.flush()?)
}

fn write_tsv(grouped: &GroupedLines, out: &mut impl Write) -> Result<()> {
    for (line, pattern) in grouped.iter() {
        writeln!(out, "{line}\t{}\t{}", pattern.id, pattern.untyped_template())?;
    }
    Ok(())
}

fn write_table(grouped: &GroupedLines, out: &mut impl Write) -> Result<()> {
    let overflow = std::iter::once(grouped.catalog.overflow());
    let mut patterns: Vec<&Pattern> =
        grouped.catalog.patterns().iter().chain(overflow).filter(|pattern| pattern.count > 0).collect();
    patterns.sort_by(|left, right| right.count.cmp(&left.count).then_with(|| left.template.cmp(&right.template)));
    let width = patterns.first().map_or(1, |pattern| pattern.count.to_string().len()).max("lines".len());
    writeln!(out, "{:>width$}  {:<20}  pattern", "lines", "id")?;
    for pattern in patterns {
        let name = pattern.name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        writeln!(out, "{:>width$}  {:<20}  {name}{}", pattern.count, pattern.id, pattern.template)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{Format, run};
    use kulprit_udf::catalog::CatalogOptions;
    use std::io::Write;

    fn printed(format: Format) -> String {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"login from 10.0.0.1\nlogin from 10.0.0.2\nready\n").unwrap();
        let mut out = Vec::new();
        run(file.path(), format, CatalogOptions::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn tsv_has_a_row_per_line() {
        let text = printed(Format::Tsv);
        let rows: Vec<Vec<&str>> = text.lines().map(|row| row.split('\t').collect()).collect();
        assert_eq!(rows.len(), 3);
        assert_eq!((rows[0][0], rows[0][2]), ("1", "login from <*>"));
        assert_eq!(rows[0][1], rows[1][1]);
        assert_ne!(rows[0][1], rows[2][1]);
    }

    #[test]
    fn the_table_has_a_row_per_pattern() {
        let text = printed(Format::Table);
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(rows.len(), 3);
        assert!(rows[1].trim_start().starts_with('2') && rows[1].ends_with("login from <ip>"), "{text}");
    }
}
