//! Dates and zones that only the whole file, or the user, settles.

use jiff::tz::TimeZone;
use kulprit_ingest::{Options, Report};

use super::recording::{ingest_text, logs, time};

/// The times of a file that was last written on 2026-12-01 at 00:00 UTC.
fn times(log: &str, options: &Options) -> (Vec<String>, Report) {
    let (report, sink) = ingest_text("a.log", log.as_bytes(), options);
    (sink.rows().iter().map(|row| time(row, "Timestamp")).collect(), report)
}

fn first(log: &str) -> String {
    times(log, &logs()).0.remove(0)
}

#[test]
fn the_order_of_a_dates_numbers_is_decided_over_the_file() {
    let cases = [
        ("21/11/2026 10:15:01 a\n", "2026-11-21T10:15:01Z"),
        ("11/21/2026 10:15:01 a\n", "2026-11-21T10:15:01Z"),
        ("21.11.2026 10:15:01 a\n", "2026-11-21T10:15:01Z"),
        ("21-11-2026 10:15:01 a\n", "2026-11-21T10:15:01Z"),
        ("11/21/26, 9:15:01 PM a\n", "2026-11-21T21:15:01Z"),
        // A later line decides.
        ("05/06/2026 10:15:01 a\n13/06/2026 10:15:01 b\n", "2026-06-05T10:15:01Z"),
        ("05/06/2026 10:15:01 a\n06/13/2026 10:15:01 b\n", "2026-05-06T10:15:01Z"),
        // No line of 2026 is of 2031, and a log runs forward.
        ("30/10/26 10:15:01 a\n31/10/26 10:15:01 b\n", "2026-10-30T10:15:01Z"),
        (
            "09/10/26 10:15:01 a\n10/10/26 10:15:01 b\n11/10/26 10:15:01 c\n",
            "2026-10-09T10:15:01Z",
        ),
        ("26/11/21 10:15:01 a\n", "2026-11-21T10:15:01Z"),
        ("10:15:01.5 21/11/2026 a\n", "2026-11-21T10:15:01.5Z"),
        ("10:15:01 2026-11-21 a\n", "2026-11-21T10:15:01Z"),
        ("2026 Nov 21 10:15:01 a\n", "2026-11-21T10:15:01Z"),
    ];
    for (log, expected) in cases {
        assert_eq!(first(log), expected, "{log}");
    }
    let (_, report) = times("21/11/2026 10:15:01 a\n", &logs());
    assert!(
        report.notes.iter().any(|note| note.contains("day, month, year")),
        "{:?}",
        report.notes
    );
}

#[test]
fn a_decisive_line_far_below_counts() {
    let mut log = "05/06/2026 10:15:01 first\n".to_owned();
    log.extend((0..30_000).map(|number| format!("05/06/2026 10:15:02 crate number {number} moved\n")));
    log.push_str("06/13/2026 10:15:03 last\n");
    assert_eq!(first(&log), "2026-05-06T10:15:01Z");
}

#[test]
fn a_time_of_day_alone_takes_the_files_day() {
    // Written at midnight: the lines are of the day before.
    let log = "23:59:58.5 INFO a\n23:59:59 INFO b\n";
    assert_eq!(
        times(log, &logs()).0,
        ["2026-11-30T23:59:58.5Z", "2026-11-30T23:59:59Z"]
    );
    let over_midnight = "[22:00:01 INF] a\n[01:00:01 INF] b\n[22:00:01 INF] c\n";
    assert_eq!(
        times(over_midnight, &logs()).0,
        ["2026-11-29T22:00:01Z", "2026-11-30T01:00:01Z", "2026-11-30T22:00:01Z"]
    );
    let given = Options {
        date: Some("2026-11-21".parse().unwrap()),
        ..logs()
    };
    let (found, report) = times(over_midnight, &given);
    assert_eq!(
        found,
        ["2026-11-21T22:00:01Z", "2026-11-22T01:00:01Z", "2026-11-22T22:00:01Z"]
    );
    assert!(
        report.notes.iter().any(|note| note.contains("--date")),
        "{:?}",
        report.notes
    );
    assert_eq!(first("9:05AM INF a\n9:06PM ERR b\n"), "2026-11-30T09:05:00Z");
    // A date on a line of its own.
    let marked = "*** Date: 2026-11-21 ***\n10:15:01: a\n10:15:02: b\n";
    assert_eq!(times(marked, &logs()).0.last().unwrap(), "2026-11-21T10:15:02Z");
    let format = Options {
        timestamp_format: Some("%H.%M.%S".to_owned()),
        ..logs()
    };
    assert_eq!(times("10.15.01 a\n", &format).0, ["2026-11-30T10:15:01Z"]);
}

#[test]
fn years_run_on_where_lines_have_none() {
    let log = "Nov 21 10:00:00 h p: a\nFeb  3 10:00:00 h p: b\nDec 30 10:00:00 h p: c\nJan  2 10:00:00 h p: d\nNov 20 10:00:00 h p: e\n";
    assert_eq!(
        times(log, &logs()).0,
        [
            "2024-11-21T10:00:00Z",
            "2025-02-03T10:00:00Z",
            "2025-12-30T10:00:00Z",
            "2026-01-02T10:00:00Z",
            "2026-11-20T10:00:00Z"
        ]
    );
    // A line that comes late is of the year before.
    let late = "Dec 31 23:59:59 h p: a\nJan  1 00:00:01 h p: b\nDec 31 23:59:59 h p: c\nJan  1 00:00:02 h p: d\n";
    assert_eq!(times(late, &logs()).0[2], "2025-12-31T23:59:59Z");
    assert_eq!(times(late, &logs()).0[3], "2026-01-01T00:00:02Z");
}

#[test]
fn zones_by_name() {
    let cases = [
        ("2026-11-21 11:15:01 CET a\n", "2026-11-21T10:15:01Z"),
        ("2026-07-21 12:15:01 CEST a\n", "2026-07-21T10:15:01Z"),
        ("2026-11-21 05:15:01 EST a\n", "2026-11-21T10:15:01Z"),
        ("2026-11-21 02:15:01,250 PST a\n", "2026-11-21T10:15:01.25Z"),
        ("Sat Nov 21 19:15:01 JST 2026 a\n", "2026-11-21T10:15:01Z"),
        ("[21-Nov-2026 11:15:01 Europe/Berlin] a\n", "2026-11-21T10:15:01Z"),
        ("2026-11-21T11:15:01+01:00[Europe/Berlin] a\n", "2026-11-21T10:15:01Z"),
        ("2026-11-21 11:15:01 GMT+0100 a\n", "2026-11-21T10:15:01Z"),
        ("2026-11-21-11.15.01.250000+060 a\n", "2026-11-21T10:15:01.25Z"),
        ("2026-11-21 11:15:01 (CET) a\n", "2026-11-21T10:15:01Z"),
        ("2026-11-21 11:15:01 UTC+1 a\n", "2026-11-21T10:15:01Z"),
    ];
    for (log, expected) in cases {
        assert_eq!(first(log), expected, "{log}");
    }
    let (_, report) = times("2026-11-21 11:15:01 CET a\n", &logs());
    assert!(
        report.notes.iter().any(|note| note.contains("CET was read as +01:00")),
        "{:?}",
        report.notes
    );
    // The user's zone says which of several zones of one name is meant.
    let shanghai = Options {
        timezone: TimeZone::get("Asia/Shanghai").unwrap(),
        ..logs()
    };
    assert_eq!(
        times("2026-11-21 18:15:01 CST a\n", &shanghai).0,
        ["2026-11-21T10:15:01Z"]
    );
}

#[test]
fn both_hours_of_a_change_of_clocks() {
    let berlin = Options {
        timezone: TimeZone::get("Europe/Berlin").unwrap(),
        ..logs()
    };
    let log = "2026-10-25 02:10:00 a\n2026-10-25 02:50:00 b\n2026-10-25 02:10:00 c\n2026-10-25 02:50:00 d\n2026-10-25 03:10:00 e\n";
    assert_eq!(
        times(log, &berlin).0,
        [
            "2026-10-25T00:10:00Z",
            "2026-10-25T00:50:00Z",
            "2026-10-25T01:10:00Z",
            "2026-10-25T01:50:00Z",
            "2026-10-25T02:10:00Z"
        ]
    );
}
