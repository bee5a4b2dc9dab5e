//! How many formats of logs are read right: `cargo bench --bench ingest_cases -- FOLDER` reads the folder's cases, each of them
//! a folder with files and an `EXPECTED.md`, and compares times, severities and counts with what is written there.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use jiff::Timestamp;
use kulprit_ingest::{Input, Options, Report, Table, messages};

/// When the files were written, as their cases say.
const WRITTEN: &str = "2026-11-20T16:10:00Z";

/// A file, its messages (0: not compared), the times of the first and the last, and a letter for each message's severity:
/// T, D, I, N, W, E, C, F as in OpenTelemetry's ranges, `-` for none, `?` for any.
struct Case(&'static str, usize, &'static str, &'static str, &'static str);

const CASES: &[Case] = &[
    Case("01-cri-partial/checkout_shop_app-0.log", 5, "", "", "IEWI-"),
    Case(
        "02-docker-json/3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c-json.log",
        0,
        "2026-11-20T09:00:01",
        "2026-11-20T09:00:03",
        "?E",
    ),
    Case(
        "03-utf16/ERRORLOG",
        7,
        "2026-11-20T09:00:01.11",
        "2026-11-20T09:00:09",
        "",
    ),
    Case(
        "03-utf16/errorlog-be.log",
        7,
        "2026-11-20T09:00:01.11",
        "2026-11-20T09:00:09",
        "",
    ),
    Case(
        "03-utf16/noBOM-le.log",
        7,
        "2026-11-20T09:00:01.11",
        "2026-11-20T09:00:09",
        "",
    ),
    Case("05-rfc5424/syslog5424.log", 6, "", "", "FNNDEI"),
    Case("07-journald-json/journal.json", 7, "", "", "INEEIFI"),
    Case(
        "09-time-only/setup.log",
        0,
        "2026-11-20T16:07:11.428",
        "2026-11-20T16",
        "",
    ),
    Case("10-day-month/us.log", 0, "2026-09-15", "2026-09-16", ""),
    Case("10-day-month/eu.log", 0, "2026-09-15", "2026-09-16", ""),
    Case("10-day-month/yy.log", 0, "2026-07-18", "2026-07-31", ""),
    Case("11-untimed-crash/go.log", 5, "", "", ""),
    Case("11-untimed-crash/java.log", 4, "", "", ""),
    Case("11-untimed-crash/rust.log", 3, "", "", ""),
    Case("11-untimed-crash/python.log", 3, "", "", ""),
    Case("12-time-inside/agent.log", 3, "", "", ""),
    Case(
        "12-time-inside/postgres.log",
        5,
        "2026-11-20T10:49:12",
        "2026-11-20T10:49:28",
        "",
    ),
    Case("12-time-inside/lambda.log", 5, "", "", ""),
    Case(
        "12-time-inside/compose.log",
        3,
        "2026-11-20T09:00:01",
        "2026-11-20T09:00:03",
        "",
    ),
    Case("12-time-inside/stern.log", 3, "", "", ""),
    Case("12-time-inside/tab.log", 2, "", "", ""),
    Case("12-time-inside/logfmt.log", 2, "", "", "IE"),
    Case(
        "13-ansi/tracing.log",
        6,
        "2026-11-20T09:00:01",
        "2026-11-20T09:00:07",
        "IIIIIE",
    ),
    Case("13-ansi/strapi.log", 4, "", "", "???E"),
    Case("13-ansi/dotnet.log", 2, "", "", "?E"),
    Case("22-twice/a.log", 60, "", "", ""),
    Case("25-json-shapes/otlp.jsonl", 2, "", "", "EI"),
    Case("25-json-shapes/gcp.jsonl", 2, "", "", "EI"),
    Case("25-json-shapes/ecs.jsonl", 2, "", "", "EW"),
    Case("25-json-shapes/serilog.jsonl", 2, "", "", "E?"),
];

/// What was read of a file.
#[derive(Default)]
struct Read {
    times: Vec<String>,
    severities: Vec<u8>,
    report: Report,
}

fn main() -> anyhow::Result<()> {
    let folder = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'))
        .map(PathBuf::from)
        .context("name the folder of the cases: cargo bench --bench ingest_cases -- FOLDER")?;
    ensure!(folder.is_dir(), "{}: no folder", folder.display());
    let scratch = tempfile::tempdir()?;
    let (mut right, mut all) = (0, 0);
    for case in CASES {
        let path = folder.join(case.0);
        if !path.exists() {
            continue;
        }
        all += 1;
        match wrong(case, &read(&path, scratch.path())?) {
            None => right += 1,
            Some(why) => println!("wrong  {}: {why}", case.0),
        }
    }
    println!("cases: {right} of {all} right");
    formats(&folder.join("26-formats"), scratch.path())
}

/// Three records each, at 09:00:01, :02 and :03; the second is an error where the format has levels.
fn formats(folder: &Path, scratch: &Path) -> anyhow::Result<()> {
    let Ok(manifest) = std::fs::read_to_string(folder.join("manifest.json")) else {
        return Ok(());
    };
    let formats: Vec<(String, String, bool, Option<bool>)> = serde_json::from_str(&manifest)?;
    let (mut times_right, mut levels_right, mut timed, mut levelled) = (0, 0, 0, 0);
    for (name, ending, has_levels, date) in &formats {
        let read = read(&folder.join(format!("{name}.{ending}")), scratch)?;
        let expected: Vec<String> = (1..=3).map(|second| format!("2026-11-20T09:00:0{second}")).collect();
        let near = |(time, expected): (&String, &String)| time.starts_with(expected.as_str());
        let times = read.times.len() == 3 && read.times.iter().zip(&expected).all(near);
        if date.is_some() {
            timed += 1;
            times_right += usize::from(times);
        }
        let levels =
            matches!(&read.severities[..], [first, second, ..] if (17..=24).contains(second) && first != second);
        if *has_levels {
            levelled += 1;
            levels_right += usize::from(levels);
        }
        if date.is_some() && !times || *has_levels && !levels {
            println!("wrong  26-formats/{name}: {:?} {:?}", read.times, read.severities);
        }
    }
    println!("formats: {times_right} of {timed} at their times, {levels_right} of {levelled} with their severities");
    Ok(())
}

fn read(path: &Path, scratch: &Path) -> anyhow::Result<Read> {
    // A copy, so that it was last written when its case says.
    let copy = scratch.join(path.file_name().context("a file has a name")?);
    std::fs::write(&copy, std::fs::read(path).with_context(|| path.display().to_string())?)?;
    let written: Timestamp = WRITTEN.parse()?;
    std::fs::File::options()
        .append(true)
        .open(&copy)?
        .set_modified(written.into())?;
    let mut found = Vec::new();
    let report = messages(&Input::File(copy), &Options::new(Table::OtelLogs), |message| {
        let time =
            Timestamp::from_nanosecond(message.time.into()).map_or_else(|_| String::new(), |time| time.to_string());
        found.push((message.line, time, message.severity_number));
    });
    found.sort();
    Ok(Read {
        times: found.iter().map(|(_, time, _)| time.clone()).collect(),
        severities: found.iter().map(|(.., severity)| *severity).collect(),
        report,
    })
}

fn wrong(Case(_, count, first, last, severities): &Case, read: &Read) -> Option<String> {
    let found = read.times.len();
    let begins = |time: Option<&String>, with: &str| time.is_some_and(|time| time.starts_with(with));
    let letters: String = read.severities.iter().map(|number| letter(*number)).collect();
    let differs = severities
        .chars()
        .enumerate()
        .any(|(index, expected)| expected != '?' && letters.chars().nth(index) != Some(expected));
    if *count > 0 && found != *count {
        return Some(format!(
            "{found} messages instead of {count}; {:?}",
            read.report.failures
        ));
    }
    if !begins(read.times.first(), first) || !begins(read.times.last(), last) {
        return Some(format!("from {:?} to {:?}", read.times.first(), read.times.last()));
    }
    differs.then(|| format!("severities {letters} instead of {severities}"))
}

fn letter(severity: u8) -> char {
    match severity {
        1..=4 => 'T',
        5..=8 => 'D',
        10 => 'N',
        9..=12 => 'I',
        13..=16 => 'W',
        17 => 'E',
        18..=24 => 'F',
        _ => '-',
    }
}
