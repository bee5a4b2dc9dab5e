//! Batches, tokens, refusals and lost connections.

use std::time::Duration;

use kulprit_ingest::{Limits, Options, SinkError};

use super::recording::{Fixture, RecordingSink, decode, ingest_text, logs, run, text};

fn numbered(count: usize) -> Vec<u8> {
    (0..count)
        .map(|index| format!("2026-11-23 08:30:51 line {index}\n"))
        .collect::<String>()
        .into_bytes()
}

fn small(rows: usize) -> Options {
    Options {
        limits: Limits { rows, bytes: 1 << 20 },
        ..logs()
    }
}

fn tokens(sink: &RecordingSink) -> Vec<String> {
    sink.batches.iter().map(|batch| batch.token.clone()).collect()
}

#[test]
fn batches_end_at_their_limits() {
    let (report, sink) = ingest_text("a.log", &numbered(25), &small(10));
    assert_eq!(
        sink.batches.iter().map(|batch| batch.rows).collect::<Vec<_>>(),
        [10, 10, 5]
    );
    assert_eq!(report.rows_stored, 25);
    let wide = Options {
        limits: Limits {
            rows: 1_000_000,
            bytes: 10_000,
        },
        ..logs()
    };
    let (_, sink) = ingest_text("a.log", &numbered(1_000), &wide);
    assert!(sink.batches.len() > 3 && sink.batches.iter().all(|batch| batch.body.len() < 20_000));
}

#[test]
fn a_second_run_gives_the_same_tokens_and_other_content_others() {
    let (_, first) = ingest_text("a.log", &numbered(25), &small(10));
    let (_, again) = ingest_text("a.log", &numbered(25), &small(10));
    assert_eq!(tokens(&first), tokens(&again));
    let mut distinct = tokens(&first);
    distinct.dedup();
    assert_eq!(distinct.len(), 3);
    let (_, other) = ingest_text("b.log", &numbered(25), &small(10));
    assert_ne!(tokens(&first), tokens(&other));
}

#[test]
fn equal_stretches_are_all_stored() {
    // The same line over and over, and the same file twice in one run: the tokens still differ.
    let fixture = Fixture::new("a.log", &b"2026-11-23 08:30:51 same\n".repeat(20));
    let mut sink = RecordingSink::new();
    run(&[&fixture.path, &fixture.path], &small(10), &mut sink);
    let mut distinct = tokens(&sink);
    distinct.sort();
    distinct.dedup();
    assert_eq!((sink.batches.len(), distinct.len()), (4, 4));
}

#[test]
fn a_refused_row_is_found_and_the_others_go_in() {
    let fixture = Fixture::new("a.log", &numbered(1_000));
    let bad = ["line 17", "line 618"];
    let mut sink = RecordingSink::answering(move |batch| {
        let refused = decode(batch)
            .iter()
            .any(|row| bad.contains(&text(row, "Body").as_str()));
        if refused {
            Err(SinkError::Refused {
                message: "too odd".into(),
            })
        } else {
            Ok(())
        }
    });
    let report = run(&[&fixture.path], &logs(), &mut sink);
    assert_eq!((report.rows_stored, report.rows_refused), (998, 2));
    let rows: Vec<_> = report
        .refusals
        .iter()
        .map(|refusal| (refusal.row, refusal.detail.as_str()))
        .collect();
    assert_eq!(rows, [(18, "too odd"), (619, "too odd")]);
    assert!(!report.complete());
}

#[test]
fn a_server_that_refuses_everything_is_not_asked_row_by_row() {
    let fixture = Fixture::new("a.log", &numbered(1_000));
    let mut sink = RecordingSink::answering(|_| Err(SinkError::Refused { message: "no".into() }));
    let report = run(&[&fixture.path], &logs(), &mut sink);
    assert_eq!((report.rows_stored, report.rows_refused), (0, 1_000));
    assert!(sink.offered < 200, "{} attempts", sink.offered);
}

#[test]
fn a_lost_connection_is_tried_again_with_the_same_token() {
    let fixture = Fixture::new("a.log", &numbered(25));
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = std::sync::Arc::clone(&seen);
    let mut sink = RecordingSink::answering(move |batch| {
        let mut seen = log.lock().unwrap();
        seen.push((batch.token.clone(), batch.is_repeated));
        if seen.len() == 2 {
            Err(SinkError::Away {
                message: "connection reset".into(),
            })
        } else {
            Ok(())
        }
    });
    let options = Options {
        retry_pauses: vec![Duration::ZERO; 2],
        ..small(10)
    };
    let report = run(&[&fixture.path], &options, &mut sink);
    assert!(report.complete(), "{report:?}");
    let seen = seen.lock().unwrap();
    assert_eq!((seen.len(), &seen[1].0), (4, &seen[2].0));
    let repeated: Vec<bool> = seen.iter().map(|(_, is_repeated)| *is_repeated).collect();
    assert_eq!(repeated, [false, false, true, false]);
}

#[test]
fn when_the_server_stays_away_the_run_stops_and_says_so() {
    let fixture = Fixture::new("a.log", &numbered(10_000));
    let mut count = 0;
    let mut sink = RecordingSink::answering(move |_| {
        count += 1;
        if count > 2 {
            Err(SinkError::Away {
                message: "refused".into(),
            })
        } else {
            Ok(())
        }
    });
    let options = Options {
        retry_pauses: vec![Duration::ZERO; 3],
        ..small(10)
    };
    let report = run(&[&fixture.path, &fixture.path], &options, &mut sink);
    assert_eq!((report.rows_stored, report.complete(), sink.offered), (20, false, 6));
    assert!(
        report.rows_unsent > 0 && report.failures[0].contains("again"),
        "{report:?}"
    );
}

#[test]
fn a_missing_table_stops_the_run_at_once() {
    let fixture = Fixture::new("a.log", &numbered(25));
    let mut sink = RecordingSink::answering(|_| {
        Err(SinkError::Denied {
            message: "no table otel_logs".into(),
        })
    });
    let report = run(&[&fixture.path], &small(10), &mut sink);
    assert_eq!((sink.offered, report.rows_stored), (1, 0));
    assert!(report.failures[0].contains("no table otel_logs"));
}

#[test]
fn a_file_that_cannot_be_read_does_not_stop_the_others() {
    let fixture = Fixture::new("a.log", &numbered(5));
    let missing = fixture.path.with_file_name("missing.log");
    let mut sink = RecordingSink::new();
    let report = run(
        &[&missing, fixture.path.parent().unwrap(), &fixture.path],
        &logs(),
        &mut sink,
    );
    assert_eq!((report.rows_stored, report.failures.len()), (5, 2));
    assert!(report.failures[0].contains("missing.log"));
}
