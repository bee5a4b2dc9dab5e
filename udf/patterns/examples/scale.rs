//! Builds catalogs of a million distinct shapes of several kinds, and prints seconds and peak memory.
//!
//! `cargo run --release -p kulprit-patterns --example scale [SHAPES] [KIND]`. Peak memory is that of the process: run
//! each kind in a process of its own.

use kulprit_patterns::catalog::{Catalog, CatalogOptions, Shape};
use kulprit_patterns::shape::text_id;
use std::time::Instant;

const KINDS: [&str; 5] = ["words", "unique", "templates", "names", "long"];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let shapes: u64 = arguments
        .next()
        .and_then(|count| count.parse().ok())
        .unwrap_or(1_000_000);
    let only = arguments.next();
    for kind in KINDS
        .iter()
        .filter(|kind| only.as_ref().is_none_or(|only| only == *kind))
    {
        run(kind, shapes);
    }
}

fn run(kind: &str, shapes: u64) {
    let shape = |index: u64| {
        let text = text(kind, index);
        Shape {
            id: text_id(text.as_bytes()),
            text: text.into_bytes().into(),
            count: 1 + index % 7,
        }
    };
    let start = Instant::now();
    let mut catalog = Catalog::build((0..shapes).map(shape), CatalogOptions::default());
    let built = start.elapsed();
    let patterns = catalog.patterns().len();
    let start = Instant::now();
    catalog.extend((shapes..shapes + 1000).map(shape));
    println!(
        "{kind:10} {shapes} shapes -> {patterns} patterns in {:.1} s; 1000 more in {:.3} s; peak memory so far {} MB",
        built.as_secs_f64(),
        start.elapsed().as_secs_f64(),
        peak_megabytes().unwrap_or(0)
    );
}

/// A text that no other index has.
fn text(kind: &str, index: u64) -> String {
    let word = |salt: u64| letters(mix(index ^ salt << 40) % 20_000);
    match kind {
        // One word that occurs nowhere else.
        "words" => letters(index),
        // Sentences without anything in common.
        "unique" => format!(
            "{} {} {} {} {} {}",
            letters(index),
            word(1),
            word(2),
            word(3),
            word(4),
            word(5)
        ),
        // A few thousand sentences with three values each, one of them a name.
        "templates" => {
            let event = index % 5000;
            let fixed = |salt: u64| letters(mix(event ^ salt << 40) % 3000);
            format!(
                "{} {} of user {} on <host> {} with {}",
                fixed(1),
                fixed(2),
                letters(index),
                fixed(3),
                word(6)
            )
        }
        // A name at one place of the same sentence.
        "names" => format!("session of {} opened on <ip> port <num>", letters(index)),
        // Stack traces.
        _ => {
            let frames: Vec<String> = (0..8)
                .map(|depth| format!("at {}.{}(<num>)", word(depth), word(depth + 9)))
                .collect();
            format!("{} {}", letters(index), frames.join(" "))
        }
    }
}

/// `number` in base 26, written with letters.
fn letters(number: u64) -> String {
    let mut number = number + 26 * 26;
    let mut text = String::new();
    while number > 0 {
        text.push((b'a' + (number % 26) as u8) as char);
        number /= 26;
    }
    text
}

fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    value ^ (value >> 29)
}

fn peak_megabytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}
