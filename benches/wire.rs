//! How fast the functions answer in memory, without a pipe: `cargo bench --bench wire`.
#![allow(clippy::unwrap_used)]

use std::io;
use std::time::Instant;

use kulprit_udf::functions::{Function, run};
use kulprit_udf::wire::{write_string, write_varint};

/// ClickHouse's default block, and enough of them to last a moment.
const ROWS: u64 = 65_409;
const ROUNDS: u32 = 15;

fn main() {
    let messages = messages();
    for function in [Function::Shape, Function::ShapeText] {
        let seconds = fastest(function, &messages);
        let (rows, bytes) = (ROWS as f64 / seconds / 1e6, messages.len() as f64 / seconds / 1e6);
        println!("{:<22} {rows:8.2} million rows/s {bytes:8.0} MB/s", function.sql_name());
    }
    for patterns in [100, 2_000, 100_000] {
        let seconds = fastest(Function::Divergence, &windows(patterns));
        println!(
            "{:<22} {:8.3} ms for {patterns} patterns",
            Function::Divergence.sql_name(),
            seconds * 1e3
        );
    }
}

fn fastest(function: Function, chunk: &[u8]) -> f64 {
    let once = |_| {
        let start = Instant::now();
        run(function, chunk, io::sink()).unwrap();
        start.elapsed().as_secs_f64()
    };
    (0..ROUNDS).map(once).fold(f64::INFINITY, f64::min)
}

fn messages() -> Vec<u8> {
    let mut chunk = format!("{ROWS}\n").into_bytes();
    write_varint(&mut chunk, 1).unwrap();
    write_varint(&mut chunk, ROWS).unwrap();
    write_string(&mut chunk, b"message").unwrap();
    write_string(&mut chunk, b"String").unwrap();
    for row in 0..ROWS {
        let message = format!(
            "10:{:02}:07 INFO [order-service] OrderController : order {row} accepted for u{}",
            row % 60,
            row % 977
        );
        write_string(&mut chunk, message.as_bytes()).unwrap();
    }
    chunk
}

fn windows(patterns: u64) -> Vec<u8> {
    let mut chunk = b"1\n".to_vec();
    for step in [7, 11] {
        write_varint(&mut chunk, patterns).unwrap();
        for pattern in 0..patterns {
            chunk.extend((pattern * step % 1_009).to_le_bytes());
        }
    }
    chunk
}
