//! A column of values, laid out so that any range of rows becomes ClickHouse's `Native` format by copying.
//!
//! `Native` rather than a row format because every column carries its type: the server casts it to the table's own
//! (`LowCardinality`, another integer width) instead of misreading it, and any bytes are welcome in a `String`.

use std::borrow::Cow;
use std::ops::Range;

use super::table::ColumnType;

/// Keys and values of a map.
pub type Pairs<'a> = Vec<(Cow<'a, [u8]>, Cow<'a, [u8]>)>;

/// A value on its way into a column; [`super::convert`] makes it of the column's type.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// The type's default: empty or zero.
    Default,
    /// Nanoseconds since the epoch.
    Time(i64),
    Int(i64),
    UInt(u64),
    Float(f64),
    Bool(bool),
    Text(Cow<'a, [u8]>),
    Map(Pairs<'a>),
    List(Vec<Value<'a>>),
}

/// The values of one column.
#[derive(Debug)]
pub struct Column {
    ty: ColumnType,
    store: Store,
    /// Whether any value is other than the default: columns that hold nothing are not sent.
    used: bool,
}

#[derive(Debug)]
enum Store {
    /// Numbers of `width` bytes, little-endian.
    Fixed { width: usize, data: Vec<u8> },
    /// Strings, each with its length before it; `ends` are byte positions.
    Text { data: Vec<u8>, ends: Vec<usize> },
    /// Lists (one item column) and maps (keys and values); `ends` are item positions.
    Many { ends: Vec<usize>, items: Vec<Store> },
}

impl Column {
    pub fn new(ty: ColumnType) -> Self {
        Self {
            ty,
            store: Store::new(ty),
            used: false,
        }
    }

    pub fn push(&mut self, value: &Value<'_>) {
        self.used |= *value != Value::Default;
        self.store.push(value);
    }

    pub fn is_used(&self) -> bool {
        self.used
    }

    /// Appends the rows of `range` as one `Native` column: name, type, data.
    pub fn encode(&self, name: &str, range: Range<usize>, out: &mut Vec<u8>) {
        put_bytes(name.as_bytes(), out);
        put_bytes(self.ty.clickhouse_name().as_bytes(), out);
        self.store.encode(range, out);
    }
}

impl Store {
    fn new(ty: ColumnType) -> Self {
        use ColumnType as T;
        let width = match ty {
            T::UInt8 | T::Bool => 1,
            T::UInt32 | T::Int32 => 4,
            T::Time | T::UInt64 | T::Float64 => 8,
            T::Text => {
                return Self::Text {
                    data: Vec::new(),
                    ends: Vec::new(),
                };
            }
            T::Map => {
                return Self::Many {
                    ends: Vec::new(),
                    items: vec![Self::new(T::Text), Self::new(T::Text)],
                };
            }
            T::TimeList | T::TextList | T::UInt64List | T::Float64List | T::MapList => {
                let item = ty.element().unwrap_or(T::Text);
                return Self::Many {
                    ends: Vec::new(),
                    items: vec![Self::new(item)],
                };
            }
        };
        Self::Fixed {
            width,
            data: Vec::new(),
        }
    }

    fn push(&mut self, value: &Value<'_>) {
        match self {
            Self::Fixed { width, data } => {
                let bytes = match *value {
                    Value::Time(number) | Value::Int(number) => number.to_le_bytes(),
                    Value::UInt(number) => number.to_le_bytes(),
                    Value::Float(number) => number.to_le_bytes(),
                    Value::Bool(truth) => u64::from(truth).to_le_bytes(),
                    _ => [0; 8],
                };
                // Little-endian: the low bytes of the checked 64-bit number are the narrower number.
                data.extend_from_slice(&bytes[..*width]);
            }
            Self::Text { data, ends } => {
                put_bytes(if let Value::Text(text) = value { text } else { b"" }, data);
                ends.push(data.len());
            }
            Self::Many { ends, items } => {
                let before = ends.last().copied().unwrap_or(0);
                let count = match (value, items.as_mut_slice()) {
                    (Value::Map(pairs), [keys, values]) => {
                        for (key, value) in pairs {
                            keys.push(&Value::Text(Cow::Borrowed(key)));
                            values.push(&Value::Text(Cow::Borrowed(value)));
                        }
                        pairs.len()
                    }
                    (Value::List(values), [item]) => {
                        values.iter().for_each(|value| item.push(value));
                        values.len()
                    }
                    _ => 0,
                };
                ends.push(before + count);
            }
        }
    }

    fn encode(&self, range: Range<usize>, out: &mut Vec<u8>) {
        match self {
            Self::Fixed { width, data } => out.extend_from_slice(&data[range.start * width..range.end * width]),
            Self::Text { data, ends } => out.extend_from_slice(&data[inner(ends, &range)]),
            Self::Many { ends, items } => {
                let items_range = inner(ends, &range);
                for end in &ends[range] {
                    out.extend_from_slice(&((end - items_range.start) as u64).to_le_bytes());
                }
                items.iter().for_each(|item| item.encode(items_range.clone(), out));
            }
        }
    }
}

/// The range that the rows of `range` cover, given where each row ends.
fn inner(ends: &[usize], range: &Range<usize>) -> Range<usize> {
    let position = |row: usize| if row == 0 { 0 } else { ends[row - 1] };
    position(range.start)..position(range.end)
}

/// A number in ClickHouse's variable-length form (LEB128).
pub fn put_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put_number(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(column: &Column, range: Range<usize>) -> Vec<u8> {
        let mut out = Vec::new();
        column.encode("c", range, &mut out);
        out
    }

    #[test]
    fn a_range_of_texts_is_length_and_bytes() {
        let mut column = Column::new(ColumnType::Text);
        for text in [&b"ab"[..], b"", b"\xff\0"] {
            column.push(&Value::Text(Cow::Borrowed(text)));
        }
        assert_eq!(encoded(&column, 1..3), b"\x01c\x06String\x00\x02\xff\x00");
        assert_eq!(encoded(&column, 0..1), b"\x01c\x06String\x02ab");
    }

    #[test]
    fn offsets_of_maps_start_anew_in_each_range() {
        let mut column = Column::new(ColumnType::Map);
        for key in [&b"a"[..], b"b"] {
            column.push(&Value::Map(vec![(Cow::Borrowed(key), Cow::Borrowed(b"1"))]));
        }
        let mut expected = b"\x01c\x13Map(String, String)".to_vec();
        expected.extend(1u64.to_le_bytes());
        expected.extend(b"\x01b\x011");
        assert_eq!(encoded(&column, 1..2), expected);
    }

    #[test]
    fn narrow_numbers_keep_their_low_bytes() {
        let mut column = Column::new(ColumnType::Int32);
        assert!(!column.is_used());
        column.push(&Value::Int(-2));
        assert!(column.is_used());
        assert_eq!(encoded(&column, 0..1), b"\x01c\x05Int32\xfe\xff\xff\xff");
    }

    #[test]
    fn long_strings_take_more_length_bytes() {
        let mut out = Vec::new();
        put_number(300, &mut out);
        assert_eq!(out, [0xac, 0x02]);
    }
}
