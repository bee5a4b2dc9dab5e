//! Plain log lines.

use std::io::Write;

use kulprit_ingest::{Format, Limits, Options};

use super::recording::{Field, attribute, ingest_text, logs, text, time};

#[test]
fn a_package_log_is_stored_line_by_line() {
    let log = b"2026-11-22 07:12:01 startup archives unpack\n\
        2026-11-22 07:12:02 install libfoo1:amd64 <none> 1.2-3\n\
        2026-11-23 08:30:51 status installed libfoo1:amd64 1.2-3\n";
    let (report, sink) = ingest_text("dpkg.log", log, &logs());
    let rows = sink.rows();
    assert_eq!((report.rows_stored, report.lines, report.complete()), (3, 3, true));
    assert_eq!(text(&rows[1], "Body"), "install libfoo1:amd64 <none> 1.2-3");
    assert_eq!(text(&rows[1], "ServiceName"), "dpkg");
    assert_eq!(time(&rows[2], "Timestamp"), "2026-11-23T08:30:51Z");
    let (first, last) = report.times.unwrap();
    assert_eq!(
        (first.to_string(), last.to_string()),
        ("2026-11-22T07:12:01Z".into(), "2026-11-23T08:30:51Z".into())
    );
    assert!(report.notes[0].contains("UTC"), "{:?}", report.notes);
}

#[test]
fn lines_without_a_time_continue_the_message() {
    let log = b"2026-11-23 08:30:51,123 ERROR c.a.Cart - boom\r\n\
        java.lang.IllegalStateException: empty\r\n\
        \tat c.a.Cart.pay(Cart.java:17)\r\n\r\n\
        2026-11-23 08:30:52,000 INFO c.a.Cart - next";
    let (report, sink) = ingest_text("cart.log", log, &logs());
    let expected = "ERROR c.a.Cart - boom\r\njava.lang.IllegalStateException: empty\r\n\tat c.a.Cart.pay(Cart.java:17)";
    assert_eq!(sink.bodies(), [expected, "INFO c.a.Cart - next"]);
    assert_eq!((report.rows_read, report.lines), (2, 5));
    let rows = sink.rows();
    assert_eq!(
        (text(&rows[0], "SeverityText"), rows[0]["SeverityNumber"].clone()),
        ("ERROR".into(), Field::Int(17))
    );
}

#[test]
fn syslog_names_service_and_severity() {
    let log =
        b"<11>Nov 23 08:30:51 web1 sshd[812]: Connection closed\nNov 23 08:30:52 web1 CRON[9]: (root) CMD (true)\n";
    let (_, sink) = ingest_text("syslog", log, &logs());
    let rows = sink.rows();
    assert_eq!(
        (text(&rows[0], "ServiceName"), text(&rows[1], "ServiceName")),
        ("sshd".into(), "CRON".into())
    );
    assert_eq!(text(&rows[0], "SeverityText"), "ERROR");
    assert_eq!(attribute(&rows[0], "syslog.priority").as_deref(), Some("11"));
    let named = Options {
        service: Some("edge".into()),
        ..logs()
    };
    let (_, sink) = ingest_text("syslog", log, &named);
    assert!(sink.rows().iter().all(|row| text(row, "ServiceName") == "edge"));
}

#[test]
fn lines_before_the_first_time_take_it() {
    let (report, sink) = ingest_text("a.log", b"banner\n\nversion 1\n2026-11-23 08:30:51 up\n", &logs());
    assert_eq!(sink.bodies(), ["banner", "version 1", "up"]);
    let rows = sink.rows();
    assert_eq!(time(&rows[0], "Timestamp"), "2026-11-23T08:30:51Z");
    assert_eq!(attribute(&rows[0], "kulprit.time_from").as_deref(), Some("next"));
    assert_eq!(
        (attribute(&rows[2], "kulprit.time_from"), report.rows_untimed),
        (None, 2)
    );
}

#[test]
fn a_file_without_any_time_takes_its_own() {
    let (report, sink) = ingest_text("a.log", b"[  12.3] usb\n[  12.4] eth0\n", &logs());
    assert_eq!(sink.bodies(), ["[  12.3] usb", "[  12.4] eth0"]);
    let rows = sink.rows();
    assert_eq!(time(&rows[1], "Timestamp"), "2026-12-01T00:00:00Z");
    assert_eq!(attribute(&rows[1], "kulprit.time_from").as_deref(), Some("file"));
    assert_eq!(report.rows_untimed, 2);
}

#[test]
fn the_year_of_syslog_lines_rolls_over() {
    // The fixture was written on 2026-12-01.
    let (_, sink) = ingest_text(
        "syslog",
        b"Dec 31 23:59:59 h p[1]: old\nJan  1 00:00:00 h p[1]: new\n",
        &logs(),
    );
    let rows = sink.rows();
    assert_eq!(time(&rows[0], "Timestamp"), "2025-12-31T23:59:59Z");
    assert_eq!(time(&rows[1], "Timestamp"), "2026-01-01T00:00:00Z");
}

#[test]
fn bytes_that_are_no_text_survive() {
    let (_, sink) = ingest_text("a.log", b"2026-11-23 08:30:51 caf\xe9 \0 \xff\xfe end\n", &logs());
    assert_eq!(sink.rows()[0]["Body"], Field::Text(b"caf\xe9 \0 \xff\xfe end".to_vec()));
}

#[test]
fn an_empty_file_is_no_trouble() {
    for content in [&b""[..], b"\n\n", b"\r\n"] {
        let (report, sink) = ingest_text("a.log", content, &logs());
        assert_eq!((report.rows_read, report.complete(), sink.offered), (0, true, 0));
    }
}

#[test]
fn an_endless_line_is_stored_in_parts() {
    let mut log = b"2026-11-23 08:30:51 ".to_vec();
    let body: Vec<u8> = (0..5_000_000u32).map(|index| b'a' + (index % 26) as u8).collect();
    log.extend_from_slice(&body);
    log.extend_from_slice(b"\n2026-11-23 08:30:52 after\n");
    let (report, sink) = ingest_text("a.log", &log, &logs());
    let rows = sink.rows();
    let parts: Vec<u8> = rows[..rows.len() - 1]
        .iter()
        .flat_map(|row| text(row, "Body").into_bytes())
        .collect();
    assert!(parts == body, "{} of {} bytes", parts.len(), body.len());
    assert_eq!(attribute(&rows[1], "kulprit.part").as_deref(), Some("2"));
    assert_eq!(
        (text(rows.last().unwrap(), "Body").as_str(), report.lines),
        ("after", 2)
    );
    assert!(rows.iter().all(|row| text(row, "Body").len() <= 1 << 20));
}

#[test]
fn gzip_is_read_in_all_its_members() {
    let mut packed = Vec::new();
    for line in ["2026-11-23 08:30:51 one\n", "2026-11-23 08:30:52 two\n"] {
        let mut writer = flate2::write::GzEncoder::new(&mut packed, flate2::Compression::fast());
        writer.write_all(line.as_bytes()).unwrap();
        writer.finish().unwrap();
    }
    let (report, sink) = ingest_text("a.log.2.gz", &packed, &logs());
    assert_eq!(sink.bodies(), ["one", "two"]);
    assert_eq!(
        (text(&sink.rows()[0], "ServiceName").as_str(), report.bytes),
        ("a", packed.len() as u64)
    );
    // Cut off: what can be read is stored, and the loss is reported.
    let (report, sink) = ingest_text("a.log.gz", &packed[..packed.len() - 12], &logs());
    assert_eq!(
        (sink.bodies()[0].as_str(), report.failures.len(), report.complete()),
        ("one", 1, false)
    );
}

#[test]
fn a_year_of_days_goes_in_several_batches() {
    let log: String = (0..360)
        .map(|day| format!("{} line {day}\n", 1_700_000_000 + day * 86_400))
        .collect();
    let (report, sink) = ingest_text("a.log", log.as_bytes(), &logs());
    assert_eq!((report.rows_stored, sink.batches.len()), (360, 4));
}

/// Joined again, the stored originals are the file but for its line ends; and each body is the end of its original.
fn check_nothing_is_lost(content: &[u8]) {
    if content.starts_with(b"\xff\xfe") || content.starts_with(b"\xfe\xff") {
        // UTF-16, which is stored as UTF-8.
        return;
    }
    let options = Options {
        format: Some(Format::Plain),
        keep_original: true,
        untimed_at_file_time: true,
        limits: Limits {
            rows: 7,
            bytes: 1 << 20,
        },
        ..logs()
    };
    let (report, sink) = ingest_text("a.log", content, &options);
    assert_eq!(report.rows_read, report.rows_stored);
    let mut stored = Vec::new();
    for row in sink.rows() {
        let Field::Map(pairs) = &row["LogAttributes"] else {
            panic!("no attributes")
        };
        let (_, original) = pairs.iter().find(|(key, _)| key == "log.record.original").unwrap();
        let Field::Text(body) = &row["Body"] else {
            panic!("no body")
        };
        // Colours and zeros go, and Latin-1 becomes UTF-8.
        let clean = std::str::from_utf8(original).is_ok() && !original.iter().any(|byte| [0, 0x1b].contains(byte));
        assert!(!clean || original.ends_with(body), "{row:?}");
        stored.extend(original.iter().copied().filter(|byte| !b"\r\n\0".contains(byte)));
    }
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let given: Vec<u8> = content
        .iter()
        .copied()
        .filter(|byte| !b"\r\n\0".contains(byte))
        .collect();
    assert!(
        stored == given,
        "{:?} is not {:?}",
        stored.escape_ascii(),
        given.escape_ascii()
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_bytes_are_all_accounted_for(content: Vec<u8>) {
        check_nothing_is_lost(&content);
    }

    #[test]
    fn lines_with_and_without_times_lose_nothing(
        lines in proptest::collection::vec("(2026-11-2[0-9] 0[0-9]:30:51[ ,.]|Nov 1[0-9] 08:30:51 |\\[|<34>1 |I1123 08:30:51\\.1 )?[ -~]{0,20}(\r?\n)?", 0..30)
    ) {
        check_nothing_is_lost(lines.concat().as_bytes());
    }
}
