//! How fast messages are masked inside the engine, held against one regular expression of ClickHouse's own (RE2) in the same
//! run, and against what the pipe alone allows: `cargo bench --bench throughput`. `KULPRIT_BENCH_ROWS` sets the number of messages.
//!
//! Besides the clock it reads the CPU time of the engine and its functions' processes: other work on the machine does not count in it.

mod common;

use std::ffi::OsString;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, BufReader, BufWriter, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::time::Instant;

use clickhouse::Row;
use kulprit_engine::UDF_PROGRAM;
use kulprit_patterns::shape::shape_id;
use kulprit_udf::wire::{self, native};
use serde::Deserialize;

use common::{Bed, fresh_dir, median, rows, statement};

const ROUNDS: usize = 9;
/// How many of the messages the function masks without an engine.
const ALONE: usize = 200_000;
/// The command by which the engine runs the function that only reads messages.
const PIPE: &str = "pipe";
/// What that function is in the engine, beside Kulprit's own.
const PIPE_XML: &str = "
    <function>
        <type>executable_pool</type>
        <name>bench_pipe</name>
        <argument><type>String</type><name>message</name></argument>
        <return_type>UInt64</return_type>
        <return_name>length</return_name>
        <format>Native</format>
        <send_chunk_header>true</send_chunk_header>
        <command>kulprit-udf pipe</command>
        <pool_size>4</pool_size>
    </function>
</functions>";

/// What is measured, each over all messages.
const CASES: [(&str, &str); 4] = [
    ("kulprit_shape", include_str!("sql/shape_messages.sql")),
    ("one regular expression", include_str!("sql/mask_by_expression.sql")),
    ("the pipe alone", include_str!("sql/pipe_messages.sql")),
    ("cityHash64", include_str!("sql/hash_messages.sql")),
];

fn main() -> anyhow::Result<ExitCode> {
    let mut arguments = std::env::args_os();
    let program = arguments.next().map(std::path::PathBuf::from);
    if program.is_some_and(|program| program.file_name().is_some_and(|name| name == UDF_PROGRAM)) {
        // The engine runs this program as the functions.
        if arguments.eq([OsString::from(PIPE)]) {
            read_only()?;
            return Ok(ExitCode::SUCCESS);
        }
        return Ok(kulprit_udf::main_from_args());
    }
    tokio::runtime::Runtime::new()?.block_on(measure())?;
    Ok(ExitCode::SUCCESS)
}

/// Reads every message as `kulprit_shape` does and answers with its length: what it costs to bring messages here and numbers back.
fn read_only() -> io::Result<()> {
    let mut input = BufReader::with_capacity(1 << 16, File::from(io::stdin().as_fd().try_clone_to_owned()?));
    let mut output = BufWriter::with_capacity(1 << 16, File::from(io::stdout().as_fd().try_clone_to_owned()?));
    let mut spill = Vec::new();
    while let Some(rows) = wire::read_chunk_header(&mut input)? {
        native::read_string_column_header(&mut input, rows)?;
        native::write_column_header(&mut output, rows, "length", "UInt64")?;
        for _ in 0..rows {
            let length = wire::read_string(&mut input, &mut spill, <[u8]>::len)?;
            output.write_all(&(length as u64).to_le_bytes())?;
        }
        output.flush()?;
    }
    Ok(())
}

#[derive(Row, Deserialize)]
struct Message {
    message: String,
}

async fn measure() -> anyhow::Result<()> {
    let data = fresh_dir("bench-throughput");
    let functions = kulprit_udf::CONFIG_XML.trim_end().replace("</functions>", PIPE_XML);
    let bed = Bed::open_with(data.clone(), std::env::current_exe()?, functions).await?;
    bed.create_log_table().await?;
    let count = rows("KULPRIT_BENCH_ROWS", 1_000_000)?;
    bed.generate(count).await?;
    bed.client
        .execute(&statement(include_str!("sql/messages_in_memory.sql"), vec![]))
        .await?;
    let bytes = bed
        .number("SELECT toUInt64(sum(length(message))) AS number FROM messages")
        .await?;
    println!(
        "{count} messages, {:.1} MB; medians of {ROUNDS} rounds in turn, two threads",
        bytes as f64 / 1e6
    );

    let (mut seconds, mut cpu): ([Vec<f64>; CASES.len()], [Vec<f64>; CASES.len()]) = Default::default();
    for round in 0..=ROUNDS {
        for (index, (_, sql)) in CASES.iter().enumerate() {
            let (start, cpu_start) = (Instant::now(), children_cpu_seconds());
            anyhow::ensure!(bed.number(sql).await? > 0, "a query that is measured found nothing");
            // The first round starts the functions' processes and does not count.
            if round > 0 {
                seconds[index].push(start.elapsed().as_secs_f64());
                cpu[index].push(children_cpu_seconds() - cpu_start);
            }
        }
    }
    let (seconds, cpu) = (seconds.map(|of| median(&of)), cpu.map(|of| median(&of)));
    println!();
    println!("| in the engine | million messages/s | GB/s | × one regular expression | CPU s | × by CPU time |");
    println!("|---|--:|--:|--:|--:|--:|");
    for (index, (name, _)) in CASES.iter().enumerate() {
        println!(
            "| {name} | {:.2} | {:.3} | {:.1} | {:.2} | {:.1} |",
            count as f64 / seconds[index] / 1e6,
            bytes as f64 / seconds[index] / 1e9,
            seconds[1] / seconds[index],
            cpu[index],
            cpu[1] / cpu[index]
        );
    }
    let sample = statement(&format!("SELECT message FROM messages LIMIT {ALONE}"), vec![]);
    let messages: Vec<Message> = bed.client.rows(&sample).await?;
    println!();
    println!("the function alone, one core: {:.3} GB/s", alone(&messages));
    bed.engine.stop().await?;
    Ok(std::fs::remove_dir_all(data)?)
}

/// CPU seconds that this program's children and theirs have used, as Linux tells; 0 elsewhere.
fn children_cpu_seconds() -> f64 {
    let stats: Vec<Stat> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| Stat::read(&entry.ok()?.path().join("stat")))
        .collect();
    let (mut family, mut seconds) = (vec![std::process::id()], 0.0);
    while let Some(parent) = family.pop() {
        for child in stats.iter().filter(|stat| stat.parent == parent) {
            family.push(child.id);
            seconds += child.seconds;
        }
    }
    seconds
}

/// A process.
struct Stat {
    id: u32,
    parent: u32,
    seconds: f64,
}

impl Stat {
    /// Reads `/proc/PID/stat`: the name in brackets may hold blanks, so fields count from behind it.
    fn read(path: &std::path::Path) -> Option<Self> {
        /// Linux counts in hundredths of a second here.
        const TICKS: f64 = 100.0;
        let text = std::fs::read_to_string(path).ok()?;
        let (head, tail) = text.rsplit_once(')')?;
        let fields: Vec<&str> = tail.split_ascii_whitespace().collect();
        let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
        Some(Self {
            id: head.split_ascii_whitespace().next()?.parse().ok()?,
            parent: fields.get(1)?.parse().ok()?,
            seconds: (ticks(11)? + ticks(12)?) / TICKS,
        })
    }
}

/// Gigabytes per second of the function alone, the best of all rounds.
fn alone(messages: &[Message]) -> f64 {
    let bytes: usize = messages.iter().map(|row| row.message.len()).sum();
    let clock = Instant::now();
    let once = |_| {
        let start = thread_cpu_seconds(clock);
        black_box(
            messages
                .iter()
                .fold(0, |sum, row| sum ^ shape_id(row.message.as_bytes())),
        );
        thread_cpu_seconds(clock) - start
    };
    bytes as f64 / (0..ROUNDS).map(once).fold(f64::INFINITY, f64::min) / 1e9
}

/// Seconds that this thread has run; those since `clock` where the system does not tell.
fn thread_cpu_seconds(clock: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| clock.elapsed().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
}
