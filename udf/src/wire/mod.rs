//! The bytes that ClickHouse and an executable function exchange over a pipe.
//!
//! With `send_chunk_header` ClickHouse writes each block of arguments as a chunk: the number of rows in decimal and a
//! line feed, then the rows in the function's format. It reads back the same number of rows, without a header.
//! Input that ends anywhere but between two chunks was cut off.
//!
//! No length is trusted: memory grows with the bytes that arrive, never with the length that they announce.

mod chunk;
pub mod native;
pub mod row_binary;
mod string;
mod varint;

pub use chunk::read_chunk_header;
pub use string::{read_string, write_string};
pub use varint::{read_varint, write_varint};

use std::io;

fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.into())
}

fn cut_off(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, format!("input ended within {what}"))
}
