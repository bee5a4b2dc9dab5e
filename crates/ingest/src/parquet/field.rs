//! A decoded Parquet field as a value of a column's type.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use parquet::record::Field;

use super::super::column::Value;
use super::super::convert::Cell;
use super::super::table::ColumnType;
use super::super::time::{Clock, nanos_of};
use super::times::Unit;

/// Makes a value of `field`; `unit` says how an integer counts time.
///
/// # Errors
/// Says what the column needs instead.
pub fn value(field: &Field, ty: ColumnType, unit: Option<Unit>, clock: &Clock) -> Result<Value<'static>, String> {
    if *field == Field::Null {
        return Ok(Value::Default);
    }
    match (ty, field) {
        (ColumnType::Time, _) => time(field, unit, clock),
        (ColumnType::Map, Field::MapInternal(map)) => {
            let pairs = map.entries().iter().map(|(key, value)| Ok((text(key)?, text(value)?)));
            pairs.collect::<Result<_, String>>().map(Value::Map)
        }
        (_, Field::ListInternal(list)) => {
            let element = ty
                .element()
                .ok_or_else(|| format!("a list is no {}", ty.clickhouse_name()))?;
            let values = list.elements().iter().map(|item| value(item, element, unit, clock));
            values.collect::<Result<_, _>>().map(Value::List)
        }
        (ColumnType::Text, _) => text(field).map(Value::Text),
        (ColumnType::Float64, Field::Double(number)) => Ok(Value::Float(*number)),
        (ColumnType::Float64, Field::Float(number)) => Ok(Value::Float((*number).into())),
        _ => {
            let text = text(field)?;
            owned(Cell::Text(text).value(ty, clock)?)
        }
    }
}

fn time(field: &Field, unit: Option<Unit>, clock: &Clock) -> Result<Value<'static>, String> {
    let scaled = |ticks: i64, nanos: i64| ticks.checked_mul(nanos);
    let nanos = match (field, unit) {
        (Field::Long(ticks), Some(unit))
        | (Field::TimestampMillis(ticks), Some(unit))
        | (Field::TimestampMicros(ticks), Some(unit)) => {
            scaled(*ticks, unit.nanos).and_then(|nanos| if unit.utc { Some(nanos) } else { local(nanos, clock) })
        }
        (Field::TimestampMillis(ticks), None) => scaled(*ticks, 1_000_000),
        (Field::TimestampMicros(ticks), None) => scaled(*ticks, 1_000),
        _ => {
            let text = text(field)?;
            let number = std::str::from_utf8(&text)
                .ok()
                .and_then(super::super::time::epoch_number);
            return match number.or_else(|| clock.whole(&text)) {
                Some(nanos) => Ok(Value::Time(nanos)),
                None => Err(format!(
                    "{:?} is no time between 1970 and 2106",
                    String::from_utf8_lossy(&text)
                )),
            };
        }
    };
    let time = nanos
        .and_then(|nanos| Timestamp::from_nanosecond(nanos.into()).ok())
        .and_then(nanos_of);
    time.map(Value::Time)
        .ok_or_else(|| format!("{field} is no time between 1970 and 2106"))
}

/// A local time, which the file gives as if it were UTC.
fn local(nanos: i64, clock: &Clock) -> Option<i64> {
    let civil = Timestamp::from_nanosecond(nanos.into())
        .ok()?
        .to_zoned(TimeZone::UTC)
        .datetime();
    let time = clock.context().timezone.to_timestamp(civil).ok()?;
    i64::try_from(time.as_nanosecond()).ok()
}

fn text(field: &Field) -> Result<Cow<'static, [u8]>, String> {
    let number = |text: String| Ok(Cow::Owned(text.into_bytes()));
    match field {
        Field::Null => Ok(Cow::Borrowed(b"")),
        Field::Str(text) => Ok(Cow::Owned(text.as_bytes().to_vec())),
        Field::Bytes(bytes) => Ok(Cow::Owned(bytes.data().to_vec())),
        Field::Bool(truth) => number(truth.to_string()),
        Field::Byte(n) => number(n.to_string()),
        Field::Short(n) => number(n.to_string()),
        Field::Int(n) => number(n.to_string()),
        Field::Long(n) => number(n.to_string()),
        Field::UByte(n) => number(n.to_string()),
        Field::UShort(n) => number(n.to_string()),
        Field::UInt(n) => number(n.to_string()),
        Field::ULong(n) => number(n.to_string()),
        Field::Float(n) => number(n.to_string()),
        Field::Double(n) => number(n.to_string()),
        other => Err(format!("{other} cannot go into this column")),
    }
}

fn owned(value: Value<'_>) -> Result<Value<'static>, String> {
    match value {
        Value::Default => Ok(Value::Default),
        Value::Int(number) => Ok(Value::Int(number)),
        Value::UInt(number) => Ok(Value::UInt(number)),
        Value::Float(number) => Ok(Value::Float(number)),
        Value::Bool(truth) => Ok(Value::Bool(truth)),
        _ => Err("a value of this kind cannot go into this column".to_owned()),
    }
}
