//! One row group as a Parquet file of its own, its compressed pages copied without decoding.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use parquet::column::writer::ColumnCloseResult;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::ChunkReader;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::super::emit::ReadError;

/// Whether the offsets are such that the pages can be found by them. Some writers put 0 where there is no dictionary.
pub fn possible(group: &RowGroupMetaData) -> bool {
    group.columns().iter().all(|chunk| {
        let start = chunk
            .dictionary_page_offset()
            .unwrap_or_else(|| chunk.data_page_offset());
        start > 0 && chunk.compressed_size() >= 0 && chunk.file_path().is_none()
    })
}

/// Copies the columns `roots` of one row group.
pub fn row_group<R: ChunkReader>(
    source: &R,
    group: &RowGroupMetaData,
    roots: &BTreeSet<String>,
) -> Result<Bytes, ReadError> {
    let schema = group.schema_descr().root_schema();
    let kept: Vec<_> = schema
        .get_fields()
        .iter()
        .filter(|field| roots.contains(field.name()))
        .cloned()
        .collect();
    let schema = Arc::new(Type::group_type_builder(schema.name()).with_fields(kept).build()?);
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::default())?;
    let mut writer = file.next_row_group()?;
    for chunk in group.columns() {
        let root = chunk.column_path().parts().first();
        if !root.is_some_and(|root| roots.contains(root)) {
            continue;
        }
        let close = ColumnCloseResult {
            bytes_written: u64::try_from(chunk.compressed_size()).unwrap_or(0),
            rows_written: u64::try_from(group.num_rows()).unwrap_or(0),
            metadata: chunk.clone(),
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        writer.append_column(source, close)?;
    }
    writer.close()?;
    Ok(Bytes::from(file.into_inner()?))
}
