//! A row group read row by row: for groups too large to copy, with doubtful times, or refused by the server.

use std::collections::BTreeSet;

use parquet::file::reader::RowGroupReader;
use parquet::record::reader::RowIter;
use parquet::schema::types::Type;

use super::super::column::Value;
use super::super::emit::{Emitter, ReadError};
use super::super::table::ColumnType;
use super::times::{self, Unit};
use super::{Target, field};

/// Hands over the rows of one row group; rows that do not fit are refused one by one.
pub fn read(
    group: &dyn RowGroupReader,
    target: &Target<'_>,
    roots: &BTreeSet<String>,
    first_row: u64,
    emitter: &mut Emitter<'_>,
) -> Result<(), ReadError> {
    let rows = u64::try_from(group.metadata().num_rows()).unwrap_or(0);
    let schema = group.metadata().schema_descr().root_schema();
    let kept: Vec<_> = schema
        .get_fields()
        .iter()
        .filter(|field| roots.contains(field.name()))
        .cloned()
        .collect();
    let kept = Type::group_type_builder(schema.name()).with_fields(kept).build()?;
    let units = units(group, target);
    for (index, row) in (0..rows).zip(RowIter::from_row_group(Some(kept), group)?) {
        let position = first_row + index;
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                // Pages cannot be read on after damage: the rest of the group is lost, and counted so.
                let detail = error.to_string();
                emitter.refuse_many(position, rows - index, "the Parquet page is damaged", &detail);
                return Ok(());
            }
        };
        let mut values = vec![Value::Default; target.table.columns().len()];
        let mut fault = None;
        for (name, cell) in row.get_column_iter() {
            let Some(column) = target.table.column_index(name) else {
                continue;
            };
            let (_, ty) = target.table.columns()[column];
            match field::value(cell, ty, units[column], target.clock) {
                Ok(value) => values[column] = value,
                Err(why) => fault = Some(format!("{name}: {why}")),
            }
        }
        let time = target
            .table
            .column_index(target.table.time_column())
            .map(|column| &values[column]);
        match (fault, time) {
            (Some(why), _) => emitter.refuse(position, "a field has the wrong type", &why),
            (None, Some(Value::Time(nanos))) => {
                let nanos = *nanos;
                emitter.row(&values, position, nanos)?;
            }
            (None, _) => {
                let detail = format!("no {}", target.table.time_column());
                emitter.refuse(position, "a required field is missing", &detail);
            }
        }
    }
    Ok(())
}

/// For each column of the table, how its integers count time.
fn units(group: &dyn RowGroupReader, target: &Target<'_>) -> Vec<Option<Unit>> {
    let unit = |name: &str| {
        let chunks = group.metadata().columns();
        chunks
            .iter()
            .find(|chunk| chunk.column_path().parts().first().is_some_and(|root| root == name))
    };
    let timed = |ty| matches!(ty, ColumnType::Time | ColumnType::TimeList);
    let columns = target.table.columns().iter();
    columns
        .map(|(name, ty)| {
            unit(name)
                .filter(|_| timed(*ty))
                .and_then(|chunk| times::unit(chunk.column_descr()))
        })
        .collect()
}
