//! What a row group's footer tells about its times.

use jiff::tz::TimeZone;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescriptor;

use super::Target;

/// How a column of integers counts time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// Nanoseconds per tick.
    pub nanos: i64,
    /// False for local times, which the user's zone completes.
    pub utc: bool,
}

/// The span of days that one INSERT may touch: see the same bound on blocks.
const LONGEST_SPAN: i64 = 90 * 86_400_000_000_000;
const LATEST: i64 = u32::MAX as i64 * 1_000_000_000;

/// The unit of a timestamp column; `None` for an integer that the schema does not call a time.
pub fn unit(column: &ColumnDescriptor) -> Option<Unit> {
    if column.physical_type() != Physical::INT64 {
        return None;
    }
    if let Some(LogicalType::Timestamp(kind)) = column.logical_type_ref() {
        let nanos = match kind.unit {
            TimeUnit::MILLIS => 1_000_000,
            TimeUnit::MICROS => 1_000,
            TimeUnit::NANOS => 1,
        };
        return Some(Unit {
            nanos,
            utc: kind.is_adjusted_to_u_t_c,
        });
    }
    match column.converted_type() {
        ConvertedType::TIMESTAMP_MILLIS => Some(Unit {
            nanos: 1_000_000,
            utc: true,
        }),
        ConvertedType::TIMESTAMP_MICROS => Some(Unit {
            nanos: 1_000,
            utc: true,
        }),
        _ => None,
    }
}

/// The first and last time, if the server would read every time of the row group as Kulprit does: a proper
/// timestamp in UTC, never null (the server would store 1970), in the range that the tables can hold.
pub fn of(group: &RowGroupMetaData, target: &Target<'_>) -> Option<(i64, i64)> {
    let name = target.table.time_column();
    let chunk = group
        .columns()
        .iter()
        .find(|chunk| chunk.column_path().parts() == [name])?;
    let unit = unit(chunk.column_descr())?;
    if !unit.utc && target.clock.context().timezone != TimeZone::UTC {
        return None;
    }
    let Statistics::Int64(statistics) = chunk.statistics()? else {
        return None;
    };
    let never_null = chunk.column_descr().max_def_level() == 0 || statistics.null_count_opt() == Some(0);
    if !never_null {
        return None;
    }
    let first = statistics.min_opt()?.checked_mul(unit.nanos)?;
    let last = statistics.max_opt()?.checked_mul(unit.nanos)?;
    (first >= 0 && first <= last && last <= LATEST && last - first <= LONGEST_SPAN).then_some((first, last))
}
