//! Groups the lines of a file: line number, pattern id and template, separated by tabs.

use kulprit_patterns::catalog::{CatalogOptions, group_lines};
use std::fs::File;
use std::io::{BufReader, BufWriter, Write, stdout};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: group FILE")?;
    let grouped = group_lines(BufReader::new(File::open(path)?), CatalogOptions::default())?;
    let mut out = BufWriter::new(stdout().lock());
    for (line, pattern) in grouped.iter() {
        writeln!(out, "{line}\t{}\t{}", pattern.id, pattern.untyped_template())?;
    }
    Ok(())
}
