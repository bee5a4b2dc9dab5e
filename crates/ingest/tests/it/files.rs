//! Encodings, compression, and files that are no logs.

use std::io::Write;

use kulprit_ingest::Input;

use super::recording::{Fixture, RecordingSink, ingest_text, logs, run, text, time};

const LOG: &str = "2026-11-21 10:15:01 crate für Köln moved\r\n2026-11-21 10:15:02 ERROR no 📦\r\n";

fn bodies(name: &str, content: &[u8]) -> Vec<String> {
    ingest_text(name, content, &logs()).1.bodies()
}

#[test]
fn utf_16_is_read_with_and_without_its_mark() {
    let units: Vec<u16> = LOG.encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    let expected = ["crate für Köln moved", "ERROR no 📦"];
    assert_eq!(bodies("a.log", &[b"\xff\xfe", &little[..]].concat()), expected);
    assert_eq!(bodies("a.log", &[b"\xfe\xff", &big[..]].concat()), expected);
    assert_eq!(bodies("a.log", &little), expected);
    assert_eq!(bodies("a.log", &big), expected);
}

#[test]
fn latin_1_colours_zeros_and_lone_returns() {
    assert_eq!(bodies("a.log", b"2026-11-21 10:15:01 f\xfcr K\xf6ln\n"), ["für Köln"]);
    assert_eq!(
        bodies(
            "a.log",
            b"\x1b[2m2026-11-21 10:15:01\x1b[0m \x1b[31mERROR\x1b[0m no space\n"
        ),
        ["ERROR no space"]
    );
    assert_eq!(
        bodies("a.log", b"2026-11-21 10:15:01 a\r2026-11-21 10:15:02 b\r"),
        ["a", "b"]
    );
    let torn = [
        &[0; 5000][..],
        b"2026-11-21 10:15:01 a\n",
        &[0; 5000],
        b"2026-11-21 10:15:02 b\n",
    ]
    .concat();
    assert_eq!(bodies("a.log", &torn), ["a", "b"]);
}

#[test]
fn every_compression_is_known_by_its_content() {
    let xz = {
        let mut writer = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
        writer.write_all(LOG.as_bytes()).unwrap();
        writer.finish().unwrap()
    };
    let bzip2 = {
        let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        writer.write_all(LOG.as_bytes()).unwrap();
        writer.finish().unwrap()
    };
    let zstd = zstd::stream::encode_all(LOG.as_bytes(), 1).unwrap();
    for (name, packed) in [
        ("a.log.xz", &xz),
        ("a.log.bz2", &bzip2),
        ("a.log.zst", &zstd),
        ("a", &zstd),
    ] {
        let (report, sink) = ingest_text(name, packed, &logs());
        assert_eq!(
            (sink.bodies().len(), report.complete()),
            (2, true),
            "{name}: {report:?}"
        );
        assert_eq!(text(&sink.rows()[0], "ServiceName"), "a", "{name}");
    }
}

#[test]
fn what_holds_no_text_is_refused_with_its_name() {
    let program = [&b"\x7fELF\x02\x01\x01"[..], &[7; 500]].concat();
    let noise: Vec<u8> = (0..4000u32)
        .map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    for content in [&program, &noise] {
        let (report, sink) = ingest_text("depot.bin", content, &logs());
        assert_eq!((sink.offered, report.complete()), (0, false));
        assert!(
            report.failures[0].contains("depot.bin") && report.failures[0].contains("it "),
            "{:?}",
            report.failures
        );
    }
}

#[test]
fn a_directory_is_read_but_for_what_is_no_log() {
    let fixture = Fixture::new("a.log", LOG.as_bytes());
    let folder = fixture.path.parent().unwrap();
    std::fs::write(folder.join("b.bin"), [&b"\x7fELF"[..], &[1; 600]].concat()).unwrap();
    let inputs = Input::named(&folder.display().to_string()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut sink = RecordingSink::new();
    let report = runtime.block_on(kulprit_ingest::ingest(
        &inputs,
        &logs(),
        None,
        &mut sink,
        &indicatif::ProgressBar::hidden(),
    ));
    assert_eq!((report.rows_stored, report.complete()), (2, true), "{report:?}");
    assert!(
        report.notes.iter().any(|note| note.contains("b.bin")),
        "{:?}",
        report.notes
    );
    // Named by the user, it is a failure.
    let report = run(&[&folder.join("b.bin")], &logs(), &mut RecordingSink::new());
    assert_eq!(report.failures.len(), 1);
}

#[test]
fn a_parquet_file_needs_no_ending() {
    let (report, _) = ingest_text("a.log", b"PAR1 but cut", &logs());
    assert!(!report.complete() && report.rows_read == 0, "{report:?}");
}

#[test]
fn the_files_own_time_is_kept_for_the_year() {
    let (_, sink) = ingest_text("a.log", b"Nov 21 10:15:01 h p[1]: x\n", &logs());
    assert_eq!(time(&sink.rows()[0], "Timestamp"), "2026-11-21T10:15:01Z");
}
