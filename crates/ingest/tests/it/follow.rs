//! Files that are followed while they are written to.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kulprit_ingest::{Batch, FileRecord, Following, Known, Report, Sink, SinkError, follow};

use super::recording::{RecordingSink, logs};

/// Waits until so many rows are there.
struct Watched {
    sink: RecordingSink,
    rows: tokio::sync::watch::Sender<usize>,
}

impl Sink for Watched {
    async fn insert(&mut self, batch: Batch) -> Result<(), SinkError> {
        self.sink.insert(batch).await?;
        self.rows.send_replace(self.sink.rows().len());
        Ok(())
    }

    async fn keep(&mut self, record: &FileRecord) -> Result<(), SinkError> {
        self.sink.keep(record).await
    }
}

type Rows = tokio::sync::watch::Receiver<usize>;

async fn wait_for(rows: &mut Rows, count: usize) {
    let there = tokio::time::timeout(Duration::from_secs(60), rows.wait_for(|rows| *rows >= count))
        .await
        .is_ok();
    assert!(there, "{} rows of {count}", *rows.borrow());
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn line(index: usize) -> String {
    format!("2026-11-23 08:30:51.{index:03} line {index}\n")
}

fn lines(range: std::ops::Range<usize>) -> String {
    range.map(line).collect()
}

/// Follows `name` in a folder while `write` changes it; stops when `write` is done.
fn follow_while<W>(known: &[FileRecord], folder: &Path, name: &str, write: W) -> (RecordingSink, Report, Vec<String>)
where
    W: AsyncFnOnce(PathBuf, Rows),
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (sender, rows) = tokio::sync::watch::channel(0);
    let mut sink = Watched {
        sink: RecordingSink::new(),
        rows: sender,
    };
    sink.sink.kept = known.to_vec();
    let known = Known::new(known.to_vec());
    let names = [folder.join(name).display().to_string()];
    let options = logs();
    let mut said = Vec::new();
    let report = runtime.block_on(async {
        let following = Following {
            names: &names,
            options: &options,
            known: Some(&known),
        };
        let mut say = |what: &str| said.push(what.to_owned());
        follow(following, &mut sink, write(folder.join(name), rows), &mut say).await
    });
    (sink.sink, report, said)
}

fn sorted(sink: &RecordingSink) -> Vec<String> {
    let mut bodies = sink.bodies();
    bodies.sort_by_key(|body| body.rsplit(' ').next().and_then(|number| number.parse::<usize>().ok()));
    bodies
}

fn bodies(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|index| format!("line {index}")).collect()
}

#[test]
fn lines_are_stored_as_they_come_and_a_half_one_waits_for_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, report, said) = follow_while(&[], folder.path(), "a.log", async |path, mut rows| {
        append(&path, &lines(0..3));
        wait_for(&mut rows, 3).await;
        append(&path, &line(3)[..20]);
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        append(&path, &line(3)[20..]);
        append(&path, "\tat com.example.Cart\n");
        append(&path, &lines(4..6));
        wait_for(&mut rows, 6).await;
    });
    let mut expected = bodies(0..6);
    expected[3].push_str("\n\tat com.example.Cart");
    assert_eq!(sink.bodies(), expected, "{report:?} {said:?}");
    assert_eq!((report.rows_stored, report.complete()), (6, true), "{report:?}");
}

#[test]
fn what_is_there_when_it_is_stopped_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, report, _) = follow_while(&[], folder.path(), "a.log", async |path, _| append(&path, &lines(0..5)));
    assert_eq!((sink.bodies(), report.rows_stored), (bodies(0..5), 5));
}

#[test]
fn a_file_is_followed_through_rotation_by_renaming_and_by_copying() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, ..) = follow_while(&[], folder.path(), "a.log", async |path, mut rows| {
        append(&path, &lines(0..10));
        wait_for(&mut rows, 9).await;
        // The writer goes on in the renamed file until it opens the new one.
        let rotated = path.with_extension("log.1");
        std::fs::rename(&path, &rotated).unwrap();
        append(&rotated, &lines(10..12));
        append(&path, &lines(12..20));
        wait_for(&mut rows, 19).await;
        std::fs::rename(&rotated, path.with_extension("log.2")).unwrap();
        std::fs::copy(&path, &rotated).unwrap();
        File::create(&path).unwrap();
        append(&path, &lines(20..24));
        wait_for(&mut rows, 24).await;
    });
    assert_eq!(sorted(&sink), bodies(0..24));
}

#[test]
fn what_was_rotated_while_nobody_looked_is_stored_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let (first, ..) = follow_while(&[], folder.path(), "a.log", async |path, mut rows| {
        append(&path, &lines(0..10));
        wait_for(&mut rows, 10).await;
    });
    append(&path, &lines(10..12));
    std::fs::rename(&path, path.with_extension("log.2")).unwrap();
    append(&path, &lines(12..14));
    std::fs::rename(&path, path.with_extension("log.1")).unwrap();
    append(&path, &lines(14..16));
    let (second, ..) = follow_while(&first.kept, folder.path(), "a.log", async |_, mut rows| {
        wait_for(&mut rows, 6).await;
    });
    assert_eq!(sorted(&second), bodies(10..16));
}

#[test]
fn a_directory_is_searched_for_new_files_and_what_is_no_text_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, report, said) = follow_while(&[], folder.path(), "", async |folder, mut rows| {
        std::fs::write(folder.join("b.bin"), [&b"\x7fELF"[..], &[1; 600]].concat()).unwrap();
        append(&folder.join("a.log"), &lines(0..3));
        wait_for(&mut rows, 3).await;
        append(&folder.join("c.log"), &lines(3..6));
        wait_for(&mut rows, 6).await;
    });
    assert_eq!(sorted(&sink), bodies(0..6), "{report:?} {said:?}");
}

#[test]
fn lines_without_a_time_that_are_added_are_of_now() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, report, _) = follow_while(&[], folder.path(), "a.log", async |path, mut rows| {
        for index in 0..20 {
            append(&path, &format!("no time in line {index}\n"));
        }
        wait_for(&mut rows, 20).await;
    });
    assert_eq!((sink.bodies().len(), report.complete()), (20, true), "{report:?}");
}
