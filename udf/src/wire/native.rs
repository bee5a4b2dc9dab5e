//! One column in ClickHouse's Native format, as an executable function receives and returns it.
//!
//! There is no client revision on this pipe, so a block has neither block info nor serialization kinds: number of
//! columns, number of rows, then for the one column its name, its type and its values.

use std::io::{self, BufRead, Write};

use super::{invalid, read_varint, varint::named, write_string, write_varint};

/// `String` in the binary type encoding, which a query's `output_format_native_encode_types_in_binary_format` asks for.
const BINARY_STRING_TYPE: u8 = 0x15;

/// Reads the head of a block that must hold one `String` column of `rows` values; the values come next.
///
/// ClickHouse converts arguments to the declared type first: constants, `LowCardinality` and `FixedString` all arrive
/// as plain strings. An empty block has a head and no values.
pub fn read_string_column_header(input: &mut impl BufRead, rows: u64) -> io::Result<()> {
    let columns = read_varint(input)?;
    if columns != 1 {
        return Err(invalid(format!("block has {columns} columns: expected one")));
    }
    let block_rows = read_varint(input)?;
    if block_rows != rows {
        return Err(invalid(format!(
            "block has {block_rows} rows, its chunk header says {rows}"
        )));
    }
    skip_name(input)?;
    read_string_type(input)
}

fn skip_name(input: &mut impl BufRead) -> io::Result<()> {
    let length = read_varint(input)?;
    let skipped = io::copy(&mut io::Read::take(input, length), &mut io::sink())?;
    if skipped < length {
        return Err(super::cut_off("a column name"));
    }
    Ok(())
}

fn read_string_type(input: &mut impl BufRead) -> io::Result<()> {
    let mut first = [0];
    input
        .read_exact(&mut first)
        .map_err(|error| named(error, "a column type"))?;
    if first[0] == BINARY_STRING_TYPE {
        return Ok(());
    }
    let mut name = [0; 6];
    if usize::from(first[0]) == name.len() {
        input
            .read_exact(&mut name)
            .map_err(|error| named(error, "a column type"))?;
    }
    match &name {
        b"String" => Ok(()),
        _ => Err(invalid("column is not of type String")),
    }
}

/// Writes the head of a block that holds one column of `rows` values; the values come next.
pub fn write_column_header(output: &mut impl Write, rows: u64, name: &str, type_name: &str) -> io::Result<()> {
    write_varint(output, 1)?;
    write_varint(output, rows)?;
    write_string(output, name.as_bytes())?;
    write_string(output, type_name.as_bytes())
}
