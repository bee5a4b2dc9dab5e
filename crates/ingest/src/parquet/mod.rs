//! Parquet: small row groups are copied as they stand for the server to parse, the others row by row.

mod copy;
mod field;
mod rows;
mod times;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use bytes::Bytes;
use indicatif::ProgressBar;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use parquet::schema::types::SchemaDescriptor;

use super::csv::unknown_columns;
use super::emit::{Emitter, ReadError};
use super::table::Table;
use super::time::Clock;

/// A row group of more compressed bytes is read row by row, so that memory stays bounded.
const COPIED_BYTES: i64 = 16 << 20;

/// What holds for the whole file.
pub struct Target<'a> {
    pub table: Table,
    pub clock: &'a Clock,
    pub ignore_unknown: bool,
}

impl From<ParquetError> for ReadError {
    fn from(error: ParquetError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Reads a file, row group by row group.
pub fn read(
    path: &Path,
    target: &Target<'_>,
    progress: &ProgressBar,
    emitter: &mut Emitter<'_>,
) -> Result<(), ReadError> {
    let file = File::open(path)?;
    let source = file.try_clone()?;
    read_groups(SerializedFileReader::new(file)?, &source, target, progress, emitter)
}

fn read_groups<R: ChunkReader + 'static>(
    reader: SerializedFileReader<R>,
    source: &R,
    target: &Target<'_>,
    progress: &ProgressBar,
    emitter: &mut Emitter<'_>,
) -> Result<(), ReadError> {
    let metadata = reader.metadata();
    let roots = known_columns(metadata.file_metadata().schema_descr(), target)?;
    let mut first_row = 1;
    for (index, group) in metadata.row_groups().iter().enumerate() {
        let rows =
            u64::try_from(group.num_rows()).map_err(|_| ReadError::Failed("a negative number of rows".to_owned()))?;
        let times = times::of(group, target);
        if rows == 0 {
            continue;
        } else if let Some(times) = times.filter(|_| group.compressed_size() <= COPIED_BYTES && copy::possible(group)) {
            let body = copy::row_group(source, group, &roots)?;
            for nanos in [times.0, times.1] {
                emitter.report().see_time(nanos);
            }
            emitter.row_group(body, roots.iter().cloned().collect(), first_row, rows)?;
        } else {
            rows::read(
                reader.get_row_group(index)?.as_ref(),
                target,
                &roots,
                first_row,
                emitter,
            )?;
        }
        progress.inc(u64::try_from(group.compressed_size()).unwrap_or(0));
        first_row += rows;
    }
    Ok(())
}

/// Reads a copied row group row by row, after the server has refused it as a whole.
pub fn read_copy(body: Bytes, target: &Target<'_>, first_row: u64, emitter: &mut Emitter<'_>) -> Result<(), ReadError> {
    let reader = SerializedFileReader::new(body)?;
    let roots = known_columns(reader.metadata().file_metadata().schema_descr(), target)?;
    rows::read(reader.get_row_group(0)?.as_ref(), target, &roots, first_row, emitter)
}

/// The columns to send; all others must be unknown by the user's own wish.
fn known_columns(schema: &SchemaDescriptor, target: &Target<'_>) -> Result<BTreeSet<String>, ReadError> {
    let names: Vec<&str> = schema
        .root_schema()
        .get_fields()
        .iter()
        .map(|field| field.name())
        .collect();
    let table = target.table;
    let missing: Vec<_> = table
        .required_columns()
        .iter()
        .filter(|name| !names.contains(name))
        .copied()
        .collect();
    if !missing.is_empty() {
        return Err(ReadError::Failed(format!(
            "no column {} (there are {})",
            missing.join(", "),
            names.join(", ")
        )));
    }
    let (known, others): (Vec<&str>, Vec<_>) = names.into_iter().partition(|name| table.column_index(name).is_some());
    let unknown: Vec<_> = others
        .into_iter()
        .filter(|name| !table.derived_columns().contains(name))
        .collect();
    if !unknown.is_empty() && !target.ignore_unknown {
        return Err(ReadError::Failed(unknown_columns(table, &unknown)));
    }
    Ok(known.into_iter().map(str::to_owned).collect())
}
