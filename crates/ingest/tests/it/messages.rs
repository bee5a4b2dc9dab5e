//! Where a message begins and ends: containers, crashes, syslog, and lines that have no time.

use kulprit_ingest::{Format, Input, NO_TIME, Options, Table, messages};

use super::recording::{Field, Fixture, Row, attribute, ingest_text, logs, text, time};

fn number(row: &Row) -> i128 {
    match row.get("SeverityNumber") {
        Some(Field::Int(number)) => *number,
        _ => 0,
    }
}

fn severities(rows: &[Row]) -> Vec<i128> {
    rows.iter().map(number).collect()
}

#[test]
fn parts_of_a_kubernetes_line_are_joined_stream_by_stream() {
    let log = b"2026-11-21T10:15:01.1Z stdout F INFO depot open\n\
        2026-11-21T10:15:02.1Z stdout P ERROR crate {\"id\":7,\"sh\n\
        2026-11-21T10:15:02.2Z stderr F WARN shelf full\n\
        2026-11-21T10:15:02.3Z stdout P elf\":\n\
        2026-11-21T10:15:02.4Z stdout F 9}\n\
        2026-11-21T10:15:03.1Z stdout P no newline at the end";
    let (report, sink) = ingest_text("depot.log", log, &logs());
    let mut bodies = sink.bodies();
    bodies.sort();
    assert_eq!(
        bodies,
        [
            "ERROR crate {\"id\":7,\"shelf\":9}",
            "INFO depot open",
            "WARN shelf full",
            "no newline at the end"
        ]
    );
    assert!(report.complete());
    let rows = sink.rows();
    let error = rows.iter().find(|row| number(row) == 17).unwrap();
    assert_eq!(time(error, "Timestamp"), "2026-11-21T10:15:02.1Z");
    assert_eq!(attribute(error, "log.iostream").as_deref(), Some("stdout"));
}

#[test]
fn records_in_a_container_are_records() {
    let log = b"2026-11-21T10:15:01.1Z stdout F {\"level\":\"error\",\"ts\":1795256100.5,\"msg\":\"no space\"}\n\
        2026-11-21T10:15:02.1Z stderr F {\"level\":\"info\",\"msg\":\"up\"}\n";
    let (_, sink) = ingest_text("depot.log", log, &logs());
    assert_eq!(sink.bodies(), ["no space", "up"]);
    let rows = sink.rows();
    assert_eq!(severities(&rows), [17, 9]);
    assert_eq!(time(&rows[1], "Timestamp"), "2026-11-21T10:15:02.1Z");
    assert_eq!(attribute(&rows[1], "log.iostream").as_deref(), Some("stderr"));
}

#[test]
fn dockers_records_are_unwrapped_and_a_traceback_is_one_message() {
    let log = br#"{"log":"2026-11-21 10:15:01 ERROR no sp","stream":"stdout","time":"2026-11-21T10:15:01.5Z"}
{"log":"ace\n","stream":"stdout","time":"2026-11-21T10:15:01.6Z"}
{"log":"Traceback (most recent call last):\n","stream":"stderr","time":"2026-11-21T10:15:02.1Z"}
{"log":"  File \"a.py\", line 7, in move\n","stream":"stderr","time":"2026-11-21T10:15:02.2Z"}
{"log":"KeyError: 'shelf'\n","stream":"stderr","time":"2026-11-21T10:15:02.3Z"}
{"log":"\u001b[32mINFO\u001b[0m up\n","stream":"stderr","time":"2026-11-21T10:15:02.4Z"}
"#;
    let (_, sink) = ingest_text("x-json.log", log, &logs());
    assert_eq!(
        sink.bodies(),
        [
            "Traceback (most recent call last):\n  File \"a.py\", line 7, in move\nKeyError: 'shelf'",
            "2026-11-21 10:15:01 ERROR no space",
            "INFO up",
        ]
    );
    assert_eq!(severities(&sink.rows()), [17, 17, 9]);
}

#[test]
fn a_crash_without_a_time_is_a_message_of_its_own() {
    let crashes = [
        (
            "panic: assignment to entry in nil map\n\ngoroutine 7 [running]:\nmain.move()\n\t/a.go:7 +0x1d\nexit status 2\n",
            21,
        ),
        (
            "Exception in thread \"main\" java.lang.StackOverflowError\n\tat a.B.c(B.java:7)\n",
            17,
        ),
        (
            "Traceback (most recent call last):\n  File \"a.py\", line 7\nKeyError: 7\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"b.py\", line 9\nValueError: 9\n",
            17,
        ),
        (
            "thread 'main' panicked at src/a.rs:7:9:\nindex out of bounds\nnote: run with `RUST_BACKTRACE=1`\n",
            21,
        ),
        (
            "java.lang.OutOfMemoryError: Java heap space\n\tat a.B.c(B.java:7)\nCaused by: a.C: x\n",
            17,
        ),
        ("TypeError: no function\n    at f (/srv/a.js:7:9)\n", 17),
        (
            "PHP Fatal error:  no space in /srv/a.php:7\nStack trace:\n#0 {main}\n",
            21,
        ),
        (
            "==7==ERROR: AddressSanitizer: heap-use-after-free\n    #0 0x7f in main a.c:7\n",
            17,
        ),
    ];
    for (crash, severity) in crashes {
        let log = format!("2026-11-21T10:15:01Z INFO moved\n{crash}2026-11-21T10:15:09Z INFO moved\n");
        let (_, sink) = ingest_text("depot.log", log.as_bytes(), &logs());
        assert_eq!(sink.bodies(), ["INFO moved", crash.trim_end(), "INFO moved"], "{crash}");
        let rows = sink.rows();
        assert_eq!(severities(&rows), [9, severity, 9], "{crash}");
        assert_eq!(time(&rows[1], "Timestamp"), "2026-11-21T10:15:01Z");
        assert_eq!(attribute(&rows[1], "kulprit.time_from").as_deref(), Some("previous"));
    }
}

#[test]
fn an_error_keeps_its_own_traceback() {
    let log = b"2026-11-21 10:15:01 ERROR move failed\nTraceback (most recent call last):\n  File \"a.py\", line 7\nKeyError: 7\n2026-11-21 10:15:02 INFO up\n";
    let (_, sink) = ingest_text("depot.log", log, &logs());
    assert_eq!(sink.bodies().len(), 2);
    assert!(sink.bodies()[0].ends_with("KeyError: 7"));
}

#[test]
fn records_of_a_function_stand_alone() {
    let log = b"2026-11-21T10:15:01.1Z\tab-1\tINFO\tmoved\nEND RequestId: ab-1\nREPORT RequestId: ab-1\tDuration: 7 ms\n2026-11-21T10:15:02.1Z\tab-2\tINFO\tmoved\n";
    let (_, sink) = ingest_text("depot.log", log, &logs());
    assert_eq!(
        sink.bodies()[1..3],
        ["END RequestId: ab-1", "REPORT RequestId: ab-1\tDuration: 7 ms"]
    );
    assert_eq!(sink.bodies().len(), 4);
}

#[test]
fn structured_syslog_is_taken_apart() {
    let log = br#"<34>1 2026-11-21T10:15:01.003Z h1 depot 42 M7 [a@1 k="say \"no\" [x\]"] no space
<7>1 - h2 shelf 9 - - has no clock
<14>1 2026-11-21T11:15:03+01:00 h1 depot - - - up
"#;
    let (report, sink) = ingest_text("syslog", log, &logs());
    assert_eq!(sink.bodies(), ["no space", "has no clock", "up"]);
    let rows = sink.rows();
    assert_eq!(severities(&rows), [18, 5, 9]);
    assert_eq!(attribute(&rows[0], "a@1.k").as_deref(), Some("say \"no\" [x]"));
    assert_eq!(
        rows[1]["ResourceAttributes"],
        Field::Map(vec![("host.name".into(), b"h2".to_vec())])
    );
    assert_eq!(
        (
            text(&rows[1], "ServiceName").as_str(),
            time(&rows[1], "Timestamp").as_str(),
            report.rows_untimed
        ),
        ("shelf", "2026-11-21T10:15:01.003Z", 1)
    );
    assert_eq!(time(&rows[2], "Timestamp"), "2026-11-21T10:15:03Z");
}

#[test]
fn a_level_in_the_hosts_place_is_a_level() {
    let log = b"Nov 21 10:15:01 INFO depot: moved\nNov 21 10:15:02 ERROR depot: no space\n";
    let (_, sink) = ingest_text("app.log", log, &logs());
    let rows = sink.rows();
    assert_eq!(severities(&rows), [9, 17]);
    assert!(rows.iter().all(|row| text(row, "ServiceName") == "app"));
}

#[test]
fn many_lines_without_any_time_are_refused_with_advice() {
    let log: String = (0..9)
        .map(|crate_number| format!("moved crate {crate_number}\n"))
        .collect();
    let (report, sink) = ingest_text("depot.log", log.as_bytes(), &logs());
    assert_eq!((sink.offered, report.rows_refused, report.complete()), (0, 9, false));
    let refusal = &report.refusals[0];
    assert_eq!((refusal.kind, refusal.row), (NO_TIME, 1));
    for needle in ["moved crate 0", "--timestamp-format", "--untimed file-time"] {
        assert!(refusal.detail.contains(needle), "{}", refusal.detail);
    }
    let allowed = Options {
        untimed_at_file_time: true,
        ..logs()
    };
    let (report, sink) = ingest_text("depot.log", log.as_bytes(), &allowed);
    assert_eq!((sink.rows().len(), report.complete()), (9, true));
    assert_eq!(time(&sink.rows()[0], "Timestamp"), "2026-12-01T00:00:00Z");
}

#[test]
fn a_few_lines_without_a_time_are_stored_and_said() {
    let log = b"info: Depot.Main[0]\n      moved\nfail: Depot.Main[0]\n      no space\n";
    let (report, sink) = ingest_text("depot.log", log, &logs());
    assert_eq!(
        sink.bodies(),
        [
            "info: Depot.Main[0]\n      moved",
            "fail: Depot.Main[0]\n      no space"
        ]
    );
    assert_eq!(severities(&sink.rows()), [9, 17]);
    assert!(
        report.complete() && report.notes.iter().any(|note| note.contains("no time was found")),
        "{report:?}"
    );
}

#[test]
fn lines_that_were_joined_are_counted() {
    let log = b"2026-11-21 10:15:01 moved\nthis is no time\nnor is this\n2026-11-21 10:15:02 moved\n";
    let (report, _) = ingest_text("depot.log", log, &logs());
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.contains("above: 2, the first is line 2")),
        "{:?}",
        report.notes
    );
}

#[test]
fn a_date_that_a_message_mentions_is_not_the_files_time() {
    let log: String = (0..9)
        .map(|number| match number {
            4 => "session of a visitor from the far end of the building at Sat Nov 21 10:15:01 2026\n".to_owned(),
            _ => format!("moved crate {number}\n"),
        })
        .collect();
    let (report, _) = ingest_text("depot.log", log.as_bytes(), &logs());
    assert_eq!(report.refused_by_kind.get(NO_TIME), Some(&9));
}

#[test]
fn pods_and_containers_come_from_the_path() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("pods/shop_depot-7d9f-x2b_0a1b/api");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("0.log");
    std::fs::write(&path, "2026-11-21T10:15:01.1Z stdout F moved\n").unwrap();
    let mut sink = super::recording::RecordingSink::new();
    super::recording::run(&[&path], &logs(), &mut sink);
    let row = &sink.rows()[0];
    assert_eq!(text(row, "ServiceName"), "api");
    let Field::Map(pairs) = &row["ResourceAttributes"] else {
        panic!("{row:?}")
    };
    assert!(
        pairs.contains(&("k8s.pod.name".into(), b"depot-7d9f-x2b".to_vec())),
        "{pairs:?}"
    );
}

#[test]
fn messages_are_given_without_a_database() {
    let read = |content: &str| {
        let fixture = Fixture::new("depot.log", content.as_bytes());
        let mut found = Vec::new();
        let options = Options::new(Table::OtelLogs);
        let report = messages(&Input::File(fixture.path.clone()), &options, |message| {
            found.push((message.line, String::from_utf8_lossy(message.body).into_owned()));
        });
        assert!(report.failures.is_empty(), "{report:?}");
        found
    };
    assert_eq!(
        read("2026-11-21 10:15:01 ERROR a\n\tat b\n2026-11-21 10:15:02 c\n"),
        [(1, "ERROR a\n\tat b".to_owned()), (3, "c".to_owned())]
    );
    // Where no line has a time, each is a message.
    let lines: String = (0..9).map(|number| format!(" moved crate {number}\n")).collect();
    assert_eq!(read(&lines).len(), 9);
}

#[test]
fn records_among_lines_of_text_are_records() {
    let log = b"starting\none\ntwo\n{\"level\":\"error\",\"time\":\"2026-11-21T10:15:01Z\",\"msg\":\"no space\"}\n{\"a\":1}\n";
    let (_, sink) = ingest_text("depot.log", log, &logs());
    let mut bodies = sink.bodies();
    bodies.sort();
    assert_eq!(bodies, ["no space", "one", "starting", "two", "{\"a\":1}"]);
}

#[test]
fn plain_means_plain() {
    let options = Options {
        format: Some(Format::Plain),
        ..logs()
    };
    let (_, sink) = ingest_text("a.jsonl", b"{\"ts\":1795256101,\"msg\":\"a\"}\n", &options);
    assert_eq!(sink.bodies(), ["{\"ts\":1795256101,\"msg\":\"a\"}"]);
}
