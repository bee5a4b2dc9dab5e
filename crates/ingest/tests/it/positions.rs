//! Files that grow, are renamed, emptied, copied and packed between two runs.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use kulprit_ingest::{FileRecord, Input, Known, Limits, Options, Report, SinkError, Table, ingest};

use super::recording::{RecordingSink, logs};

/// A folder, and what a server knows of its files.
struct Run {
    folder: tempfile::TempDir,
    kept: Vec<FileRecord>,
    options: Options,
}

impl Run {
    fn new() -> Self {
        let options = Options {
            limits: Limits {
                rows: 10,
                bytes: 1 << 20,
            },
            ..logs()
        };
        Self {
            folder: tempfile::tempdir().unwrap(),
            kept: Vec::new(),
            options,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn append(&self, name: &str, text: &str) {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path(name))
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn ingest_into(&mut self, names: &[&str], sink: &mut RecordingSink) -> Report {
        let inputs: Vec<_> = names.iter().map(|name| Input::File(self.path(name))).collect();
        let known = Known::new(self.kept.clone());
        sink.kept.clone_from(&self.kept);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let hidden = indicatif::ProgressBar::hidden();
        let report = runtime.block_on(ingest(&inputs, &self.options, Some(&known), sink, &hidden));
        self.kept.clone_from(&sink.kept);
        report
    }

    /// What one run stores.
    fn stores(&mut self, names: &[&str]) -> Vec<String> {
        let mut sink = RecordingSink::new();
        let report = self.ingest_into(names, &mut sink);
        let bodies = sink.bodies();
        assert_eq!(report.rows_stored, bodies.len() as u64, "{report:?}");
        bodies
    }
}

fn lines(range: std::ops::Range<usize>) -> String {
    range
        .map(|index| format!("2026-11-23 08:30:{:02} line {index}\n", index % 60))
        .collect()
}

fn bodies(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|index| format!("line {index}")).collect()
}

fn gzip(from: &Path, to: &Path) {
    let mut packed = flate2::write::GzEncoder::new(File::create(to).unwrap(), flate2::Compression::fast());
    packed.write_all(&std::fs::read(from).unwrap()).unwrap();
    packed.finish().unwrap();
    std::fs::remove_file(from).unwrap();
}

#[test]
fn sixty_lines_and_then_sixty_one_are_sixty_one() {
    let mut run = Run::new();
    run.append("a.log", &lines(0..60));
    assert_eq!(run.stores(&["a.log"]), bodies(0..60));
    assert!(run.stores(&["a.log"]).is_empty());
    run.append("a.log", &lines(60..61));
    assert_eq!(run.stores(&["a.log"]), bodies(60..61));
    assert!(run.stores(&["a.log"]).is_empty());
}

#[test]
fn a_file_is_known_after_rotation_packing_and_renaming() {
    let mut run = Run::new();
    run.append("a.log", &lines(0..35));
    assert_eq!(run.stores(&["a.log"]).len(), 35);
    run.append("a.log", &lines(35..40));
    std::fs::rename(run.path("a.log"), run.path("a.log.1")).unwrap();
    run.append("a.log", &lines(40..50));
    assert_eq!(
        run.stores(&["a.log", "a.log.1"]),
        [bodies(40..50), bodies(35..40)].concat()
    );
    gzip(&run.path("a.log.1"), &run.path("a.log.2.gz"));
    assert!(run.stores(&["a.log", "a.log.2.gz"]).is_empty());
}

#[test]
fn a_file_that_was_emptied_begins_again_and_its_copy_is_known() {
    let mut run = Run::new();
    run.append("a.log", &lines(0..30));
    assert_eq!(run.stores(&["a.log"]).len(), 30);
    run.append("a.log", &lines(30..33));
    std::fs::copy(run.path("a.log"), run.path("a.log.1")).unwrap();
    File::create(run.path("a.log")).unwrap();
    run.append("a.log", &lines(100..103));
    assert_eq!(
        run.stores(&["a.log", "a.log.1"]),
        [bodies(100..103), bodies(30..33)].concat()
    );
}

#[test]
fn two_files_with_the_same_content_are_stored_once_each() {
    let mut run = Run::new();
    for name in ["a.log", "b.log"] {
        run.append(name, &lines(0..12));
    }
    assert_eq!(run.stores(&["a.log", "b.log"]).len(), 24);
    assert!(run.stores(&["a.log", "b.log"]).is_empty());
}

#[test]
fn what_was_refused_is_tried_again() {
    let mut run = Run::new();
    let text: String = (0..30)
        .map(|index| format!("23rd of November, 08h30m{index:02} line {index}\n"))
        .collect();
    run.append("a.log", &text);
    assert!(run.stores(&["a.log"]).is_empty());
    run.options.timestamp_format = Some("%drd of November, %Hh%Mm%S".to_owned());
    run.options.untimed_at_file_time = true;
    assert_eq!(run.stores(&["a.log"]).len(), 30);
    assert!(run.stores(&["a.log"]).is_empty());
    // Among others too.
    let line = |index: usize, time: &str| format!("{{\"time\":\"{time}\",\"message\":\"line {index}\"}}\n");
    run.options.timestamp_format = None;
    let odd = |index| [3, 4, 17].contains(&index);
    let time = |index: usize| {
        if odd(index) {
            "9999-99-99"
        } else {
            "2026-11-23T08:30:51Z"
        }
    };
    run.append(
        "b.jsonl",
        &(0..25).map(|index| line(index, time(index))).collect::<String>(),
    );
    let mut sink = RecordingSink::new();
    let report = run.ingest_into(&["b.jsonl"], &mut sink);
    assert_eq!((report.rows_stored, report.rows_refused), (22, 3), "{report:?}");
    run.append("b.jsonl", &line(25, "2026-11-23T08:30:51Z"));
    let mut sink = RecordingSink::new();
    let report = run.ingest_into(&["b.jsonl"], &mut sink);
    assert_eq!((report.rows_stored, report.rows_refused), (1, 3), "{report:?}");
    assert_eq!(sink.bodies(), ["line 25"]);
}

#[test]
fn streams_that_are_mixed_in_a_file_go_on_where_each_was() {
    let mut run = Run::new();
    let line = |stream: &str, second: usize, text: &str| format!("2026-11-23T08:30:{second:02}Z {stream} F {text}\n");
    let part = |stream: &str, second: usize, text: &str| format!("2026-11-23T08:30:{second:02}Z {stream} P {text}\n");
    // The first part of a long line waits for its second one, while the other stream goes on.
    run.append("a.log", &part("stderr", 0, "begun "));
    for second in 1..25 {
        run.append("a.log", &line("stdout", second, &format!("line {second}")));
    }
    let mut sink = RecordingSink::answering({
        let mut count = 0;
        move |_| {
            count += 1;
            if count == 2 {
                return Err(SinkError::Away { message: "gone".into() });
            }
            Ok(())
        }
    });
    let report = run.ingest_into(&["a.log"], &mut sink);
    assert!(!report.complete());
    run.append("a.log", &line("stderr", 25, "and ended"));
    let rest = run.stores(&["a.log"]);
    let all: Vec<String> = sink.bodies().into_iter().chain(rest).collect();
    let mut expected: Vec<String> = (1..25).map(|second| format!("line {second}")).collect();
    expected.push("begun and ended".to_owned());
    let sorted = |mut all: Vec<String>| {
        all.sort();
        all
    };
    assert_eq!(sorted(all), sorted(expected));
}

/// A server that goes away at the third request, before or after it has stored the batch; and the tokens that it has.
fn unreliable(after: bool) -> (RecordingSink, Arc<Mutex<Vec<String>>>) {
    let tokens = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&tokens);
    let mut count = 0;
    let sink = RecordingSink::answering(move |batch| {
        count += 1;
        if count < 3 || after {
            seen.lock().unwrap().push(batch.token.clone());
        }
        if count == 3 {
            return Err(SinkError::Away { message: "gone".into() });
        }
        Ok(())
    });
    (sink, tokens)
}

#[test]
fn a_batch_that_may_have_arrived_is_sent_again_with_its_token_and_its_rows() {
    for after in [false, true] {
        let mut run = Run::new();
        run.append("a.log", &lines(0..45));
        let (mut sink, tokens) = unreliable(after);
        assert!(!run.ingest_into(&["a.log"], &mut sink).complete());
        let sent = tokens.lock().unwrap().clone();
        // It grows, and still the batch that was under way is cut as it was.
        run.append("a.log", &lines(45..52));
        let mut again = RecordingSink::new();
        let report = run.ingest_into(&["a.log"], &mut again);
        assert!(report.complete(), "{report:?}");
        assert_eq!(again.bodies(), bodies(20..52));
        assert_eq!(again.batches[0].rows, 10);
        assert_eq!(sent.contains(&again.batches[0].token), after);
    }
}

#[test]
fn csv_and_documents_grow_too() {
    let mut run = Run::new();
    run.append("a.csv", "time,message\n");
    let record = |index: usize| format!("2026-11-23T08:30:51Z,line {index}\n");
    run.append("a.csv", &(0..25).map(record).collect::<String>());
    assert_eq!(run.stores(&["a.csv"]).len(), 25);
    run.append("a.csv", &record(25));
    assert_eq!(run.stores(&["a.csv"]), ["line 25"]);
    // Another export under the same name, into the same file.
    let other: String = (0..40)
        .map(|index| format!("2026-11-23T08:30:51Z,other {index}\n"))
        .collect();
    std::fs::write(run.path("a.csv"), format!("time,message\n{other}")).unwrap();
    assert_eq!(run.stores(&["a.csv"]).len(), 40);
    let object = |index: usize| format!("{{\"time\":\"2026-11-23T08:30:51Z\",\n\"message\":\"line {index}\"}}");
    let document = |count| format!("[{}]", (0..count).map(object).collect::<Vec<_>>().join(","));
    std::fs::write(run.path("a.json"), document(12)).unwrap();
    assert_eq!(run.stores(&["a.json"]).len(), 12);
    std::fs::write(run.path("a.json"), document(14)).unwrap();
    assert_eq!(run.stores(&["a.json"]), ["line 12", "line 13"]);
}

#[test]
fn years_run_on_where_a_file_is_read_further() {
    let mut run = Run::new();
    let day = |month: &str, day: usize| format!("{month} {day:>2} 08:30:51 host app[1]: {month} {day}\n");
    let year = |run: &mut Run| {
        let mut sink = RecordingSink::new();
        run.ingest_into(&["a.log"], &mut sink);
        sink.rows()
            .iter()
            .map(|row| super::recording::time(row, "Timestamp")[..4].to_owned())
            .collect::<Vec<_>>()
    };
    run.append("a.log", &day("Dec", 30));
    run.append("a.log", &day("Dec", 31));
    let first = year(&mut run);
    run.append("a.log", &day("Jan", 1));
    let second = year(&mut run);
    let number = |year: &String| year.parse::<i32>().unwrap();
    assert_eq!((first.len(), second.len()), (2, 1));
    assert!(number(&second[0]) >= number(&first[0]));
}

#[test]
fn spans_in_json_lines_grow() {
    let mut run = Run::new();
    run.options.table = Table::OtelTraces;
    let span = |index: usize| {
        format!(
            "{{\"Timestamp\":\"2026-11-23T08:30:51Z\",\"TraceId\":\"t{index}\",\"SpanId\":\"s\",\"SpanName\":\"GET\",\"ServiceName\":\"cart\",\"Duration\":5}}\n"
        )
    };
    run.append("a.jsonl", &(0..25).map(span).collect::<String>());
    let mut sink = RecordingSink::new();
    let report = run.ingest_into(&["a.jsonl"], &mut sink);
    assert_eq!(report.rows_stored, 25, "{report:?}");
    run.append("a.jsonl", &span(25));
    let mut sink = RecordingSink::new();
    assert_eq!(run.ingest_into(&["a.jsonl"], &mut sink).rows_stored, 1);
}
