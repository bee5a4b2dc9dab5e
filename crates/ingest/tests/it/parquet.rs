//! Parquet: copied row groups, and row by row where copying will not do.

use std::sync::Arc;

use kulprit_ingest::{Options, SinkError, Table};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::recording::{Field, Fixture, RecordingSink, ingest_text, logs, run, text, time};

const SECOND: i64 = 1_000_000_000;
const START: i64 = 1_795_422_651 * SECOND;
const LOGS: &str = "message schema {
    optional int64 Timestamp (TIMESTAMP(NANOS, true));
    optional binary Body (STRING);
    optional binary ServiceName (STRING);
    optional group LogAttributes (MAP) {
        repeated group key_value { required binary key (STRING); optional binary value (STRING); }
    }
}";

/// A file of two row groups; `None` is a null time.
fn log_file(schema: &str, groups: &[&[(Option<i64>, &str)]]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let attributed = schema.get_fields().len() > 3;
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(WriterProperties::default())).unwrap();
    for rows in groups {
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let times: Vec<i64> = rows.iter().filter_map(|(time, _)| *time).collect();
        let levels: Vec<i16> = rows.iter().map(|(time, _)| i16::from(time.is_some())).collect();
        column
            .typed::<Int64Type>()
            .write_batch(&times, Some(&levels), None)
            .unwrap();
        column.close().unwrap();
        for texts in [
            rows.iter().map(|(_, body)| *body).collect::<Vec<_>>(),
            vec!["cart"; rows.len()],
        ] {
            let mut column = group.next_column().unwrap().unwrap();
            let texts: Vec<ByteArray> = texts.into_iter().map(ByteArray::from).collect();
            column
                .typed::<ByteArrayType>()
                .write_batch(&texts, Some(&vec![1; rows.len()]), None)
                .unwrap();
            column.close().unwrap();
        }
        for (texts, level) in [("key", 1), ("value", 2)]
            .into_iter()
            .take(if attributed { 2 } else { 0 })
        {
            let mut column = group.next_column().unwrap().unwrap();
            // The group itself is optional, so a present entry is one level deeper.
            let levels = vec![level + 1; rows.len()];
            let texts = vec![ByteArray::from(texts); rows.len()];
            column
                .typed::<ByteArrayType>()
                .write_batch(&texts, Some(&levels), Some(&vec![0; rows.len()]))
                .unwrap();
            column.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

fn two_groups() -> Vec<u8> {
    log_file(
        LOGS,
        &[
            &[(Some(START), "a"), (Some(START + SECOND), "b")],
            &[(Some(START + 2 * SECOND), "c")],
        ],
    )
}

#[test]
fn row_groups_become_files_of_their_own() {
    let (report, sink) = ingest_text("logs.parquet", &two_groups(), &logs());
    assert!(report.complete(), "{report:?}");
    assert_eq!(
        sink.batches
            .iter()
            .map(|batch| (batch.format, batch.rows))
            .collect::<Vec<_>>(),
        [("Parquet", 2), ("Parquet", 1)]
    );
    let bodies: Vec<String> = sink
        .batches
        .iter()
        .flat_map(|batch| {
            let reader = SerializedFileReader::new(batch.body.clone()).unwrap();
            let rows: Vec<_> = reader
                .get_row_iter(None)
                .unwrap()
                .map(|row| row.unwrap().to_string())
                .collect();
            rows
        })
        .collect();
    assert!(
        bodies[1].contains("\"b\"") && bodies[2].contains("\"c\"") && bodies[2].contains("value"),
        "{bodies:?}"
    );
    let (first, last) = report.times.unwrap();
    assert_eq!((first.as_second(), last.as_second()), (1_795_422_651, 1_795_422_653));
    let (_, again) = ingest_text("renamed.parquet", &two_groups(), &logs());
    assert!(
        sink.batches
            .iter()
            .zip(&again.batches)
            .all(|(one, other)| one.token == other.token)
    );
}

#[test]
fn a_refused_row_group_is_read_row_by_row() {
    let fixture = Fixture::new("logs.parquet", &two_groups());
    let mut sink = RecordingSink::answering(|batch| match batch.format {
        "Parquet" if batch.rows == 2 => Err(SinkError::Refused {
            message: "cannot parse".into(),
        }),
        _ => Ok(()),
    });
    let report = run(&[&fixture.path], &logs(), &mut sink);
    assert!(report.complete(), "{report:?}");
    let rows = sink.rows();
    assert_eq!(sink.bodies(), ["a", "b"]);
    assert_eq!(
        (time(&rows[1], "Timestamp"), text(&rows[1], "ServiceName")),
        ("2026-11-23T08:30:52Z".into(), "cart".into())
    );
    assert_eq!(
        rows[0]["LogAttributes"],
        Field::Map(vec![("key".into(), "value".into())])
    );
}

#[test]
fn a_row_without_a_time_is_refused_not_stored_as_1970() {
    let file = log_file(LOGS, &[&[(Some(START), "good"), (None, "bad"), (Some(-5), "worse")]]);
    let (report, sink) = ingest_text("logs.parquet", &file, &logs());
    assert_eq!(sink.bodies(), ["good"]);
    assert_eq!(
        report.refusals.iter().map(|refusal| refusal.row).collect::<Vec<_>>(),
        [2, 3]
    );
}

#[test]
fn integers_and_local_times_are_read_as_the_user_means_them() {
    let plain = LOGS.replace(" (TIMESTAMP(NANOS, true))", "");
    let file = log_file(&plain, &[&[(Some(START / 1_000_000), "epoch milliseconds")]]);
    let (_, sink) = ingest_text("logs.parquet", &file, &logs());
    assert_eq!(time(&sink.rows()[0], "Timestamp"), "2026-11-23T08:30:51Z");

    let local = log_file(
        &LOGS.replace("NANOS, true", "NANOS, false"),
        &[&[(Some(START), "local")]],
    );
    let berlin = Options {
        timezone: jiff::tz::TimeZone::get("Europe/Berlin").unwrap(),
        ..logs()
    };
    let (_, sink) = ingest_text("logs.parquet", &local, &berlin);
    assert_eq!(time(&sink.rows()[0], "Timestamp"), "2026-11-23T07:30:51Z");
    let (_, sink) = ingest_text("logs.parquet", &local, &logs());
    assert_eq!(sink.batches[0].format, "Parquet");
}

#[test]
fn columns_are_checked_against_the_table() {
    let odd = LOGS.replace("ServiceName", "Colour");
    let file = log_file(&odd, &[&[(Some(START), "a")]]);
    let (report, sink) = ingest_text("logs.parquet", &file, &logs());
    assert!(
        report.failures[0].contains("Colour") && report.failures[0].contains("ServiceName"),
        "{:?}",
        report.failures
    );
    assert_eq!(sink.offered, 0);
    let lenient = Options {
        ignore_unknown: true,
        ..logs()
    };
    let (report, sink) = ingest_text("logs.parquet", &file, &lenient);
    assert!(report.complete());
    assert_eq!(sink.batches[0].columns, ["Body", "LogAttributes", "Timestamp"]);

    let (report, _) = ingest_text("logs.parquet", &log_file(&LOGS.replace("Body", "Corpse"), &[]), &logs());
    assert!(report.failures[0].contains("no column Body"), "{:?}", report.failures);
    let exported = log_file(&LOGS.replace("ServiceName", "TimestampTime"), &[&[(Some(START), "a")]]);
    assert!(ingest_text("logs.parquet", &exported, &logs()).0.complete());
}

#[test]
fn metrics_go_in_too() {
    let schema = "message m { required int64 TimeUnix (TIMESTAMP(MILLIS, true)); required binary MetricName (STRING); required double Value; }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(WriterProperties::default())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<Int64Type>()
        .write_batch(&[START / 1_000_000], None, None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<ByteArrayType>()
        .write_batch(&[ByteArray::from("cpu")], None, None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<DoubleType>().write_batch(&[0.5], None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    let file = writer.into_inner().unwrap();
    let gauge = Options {
        retry_pauses: Vec::new(),
        ..Options::new(Table::OtelMetricsGauge)
    };
    let (report, sink) = ingest_text("m.parquet", &file, &gauge);
    assert!(report.complete(), "{report:?}");
    assert_eq!((sink.batches[0].format, sink.batches[0].rows), ("Parquet", 1));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_files_are_reported(at: proptest::sample::Index, byte: u8, cut: proptest::sample::Index) {
        let mut file = two_groups();
        let place = at.index(file.len());
        file[place] = byte;
        ingest_text("a.parquet", &file, &logs());
        file.truncate(cut.index(file.len()));
        let (report, _) = ingest_text("a.parquet", &file, &logs());
        proptest::prop_assert!(!report.complete());
    }
}
