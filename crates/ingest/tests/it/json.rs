//! JSON lines.

use kulprit_ingest::{Options, Table};

use super::recording::{Field, attribute, ingest_text, logs, text, time};

#[test]
fn the_tables_own_names_and_common_ones_are_known() {
    let lines = br#"{"Timestamp":"2026-11-23T08:30:51.123456789Z","Body":"own","SeverityText":"WARN","ServiceName":"cart","TraceId":"ab","LogAttributes":{"k":"v","n":1,"o":{"x":[1]}}}
{"ts":1795422651.5,"msg":"common","level":"error","service":"pay","trace_id":"cd","user":{"id":7},"big":12345678901234567890123,"nothing":null}
{"time":1795422651123,"message":"pino","level":30,"Body":"the own name wins"}
"#;
    let (report, sink) = ingest_text("app.jsonl", lines, &logs());
    assert!(report.complete(), "{report:?}");
    let rows = sink.rows();
    assert_eq!(time(&rows[0], "Timestamp"), "2026-11-23T08:30:51.123456789Z");
    assert_eq!(
        (
            attribute(&rows[0], "k"),
            attribute(&rows[0], "n"),
            attribute(&rows[0], "o")
        ),
        (Some("v".into()), Some("1".into()), Some(r#"{"x":[1]}"#.into()))
    );
    assert_eq!(
        (text(&rows[0], "SeverityText"), rows[0]["SeverityNumber"].clone()),
        ("WARN".into(), Field::Int(13))
    );
    assert_eq!(
        (text(&rows[1], "Body"), text(&rows[1], "ServiceName")),
        ("common".into(), "pay".into())
    );
    assert_eq!(
        (text(&rows[1], "TraceId"), rows[1]["SeverityNumber"].clone()),
        ("cd".into(), Field::Int(17))
    );
    assert_eq!(attribute(&rows[1], "user").as_deref(), Some(r#"{"id":7}"#));
    assert_eq!(attribute(&rows[1], "big").as_deref(), Some("12345678901234567890123"));
    assert_eq!(attribute(&rows[1], "nothing"), None);
    assert_eq!(
        (text(&rows[2], "Body"), text(&rows[2], "SeverityText")),
        ("the own name wins".into(), "INFO".into())
    );
    assert_eq!(attribute(&rows[2], "message").as_deref(), Some("pino"));
    assert_eq!(text(&rows[2], "ServiceName"), "app");
}

#[test]
fn a_broken_line_is_named_and_the_others_go_in() {
    let lines = b"{\"ts\":1795422651,\"msg\":\"good\"}\n{\"ts\":\n\n{\"msg\":\"no time\"}\n{\"ts\":\"yesterday\",\"msg\":\"x\"}\n\
        \"text\"\n{\"ts\":1795422651,\"msg\":\"caf\xe9\"}\n{\"ts\":1795422652,\"msg\":\"good too\"}";
    let (report, sink) = ingest_text("a.jsonl", lines, &logs());
    assert_eq!(sink.bodies(), ["good", "no time", "café", "good too"]);
    assert_eq!((report.rows_read, report.rows_refused), (7, 3));
    let rows: Vec<_> = report.refusals.iter().map(|refusal| refusal.row).collect();
    assert_eq!(rows, [2, 5, 6]);
    assert!(
        report.refusals[1].detail.contains("yesterday"),
        "{:?}",
        report.refusals[1]
    );
    assert_eq!(report.refused_by_kind["not a JSON object"], 2);
    // A record without a time has the one above it, and says so.
    let untimed = &sink.rows()[1];
    assert_eq!(
        (
            time(untimed, "Timestamp").as_str(),
            attribute(untimed, "kulprit.time_from").as_deref()
        ),
        ("2026-11-23T08:30:51Z", Some("previous"))
    );
}

#[test]
fn a_record_without_a_message_is_its_own_message() {
    let line = br#"{"ts":1795422651,"event":{"name":"click"},"user":"u1"}"#;
    let (_, sink) = ingest_text("a.jsonl", line, &logs());
    assert_eq!(sink.bodies(), [String::from_utf8_lossy(line)]);
    assert_eq!(
        attribute(&sink.rows()[0], "event").as_deref(),
        Some(r#"{"name":"click"}"#)
    );
}

#[test]
fn spans_and_metrics_take_their_own_columns_only() {
    let spans = br#"{"Timestamp":"2026-11-23T08:30:51Z","TraceId":"a","SpanId":"b","Duration":1500,"Events.Name":["x","y"],"Events.Timestamp":[1795422651,1795422652],"Events.Attributes":[{"k":"v"},{}]}
{"Timestamp":"2026-11-23T08:30:51Z","TraceId":"a","SpanId":"b","colour":"red"}
{"Timestamp":"2026-11-23T08:30:51Z","TraceId":"a","SpanId":"b","Duration":-1}
{"Timestamp":"2026-11-23T08:30:51Z","TraceId":"a"}
"#;
    let traces = Options {
        retry_pauses: Vec::new(),
        ..Options::new(Table::OtelTraces)
    };
    let (report, sink) = ingest_text("t.jsonl", spans, &traces);
    let rows = sink.rows();
    assert_eq!((rows.len(), rows[0]["Duration"].clone()), (1, Field::Int(1500)));
    assert_eq!(
        rows[0]["Events.Attributes"],
        Field::List(vec![Field::Map(vec![("k".into(), "v".into())]), Field::Map(vec![])])
    );
    let details: Vec<_> = report.refusals.iter().map(|refusal| refusal.detail.as_str()).collect();
    assert!(
        details[0].contains("colour") && details[1].contains("Duration") && details[2].contains("SpanId"),
        "{details:?}"
    );

    let lenient = Options {
        ignore_unknown: true,
        ..traces
    };
    assert_eq!(ingest_text("t.jsonl", spans, &lenient).0.rows_stored, 2);

    let point = br#"{"TimeUnix":1795422651,"MetricName":"latency","Count":3,"Sum":1.5,"BucketCounts":[1,2],"ExplicitBounds":[0.5],"Attributes":{"route":"/"}}"#;
    let histogram = Options {
        retry_pauses: Vec::new(),
        ..Options::new(Table::OtelMetricsHistogram)
    };
    let (report, sink) = ingest_text("m.jsonl", point, &histogram);
    assert!(report.complete(), "{report:?}");
    let row = &sink.rows()[0];
    assert_eq!(row["BucketCounts"], Field::List(vec![Field::Int(1), Field::Int(2)]));
    assert_eq!(row["ExplicitBounds"], Field::List(vec![Field::Float(0.5)]));
}

#[test]
fn arrays_and_objects_over_several_lines_are_read() {
    let array = b"[\n {\"ts\": 1795422651, \"msg\": \"one } of \\\"two\\\"\"},\n {\"ts\": 1795422652,\n  \"msg\": \"two\"}\n]\n";
    let (report, sink) = ingest_text("a.json", array, &logs());
    assert_eq!(sink.bodies(), ["one } of \"two\"", "two"]);
    assert!(report.complete(), "{report:?}");
    let (_, sink) = ingest_text("a.log", &array[2..array.len() - 2], &logs());
    assert_eq!(sink.bodies().len(), 2);
    let (report, sink) = ingest_text("a.json", &array[..60], &logs());
    assert_eq!(sink.bodies().len(), 1);
    assert!(
        report.failures[0].contains("object 2 is cut off"),
        "{:?}",
        report.failures
    );
}

#[test]
fn plain_lines_are_for_logs_only() {
    let (report, _) = ingest_text("a.log", b"x", &Options::new(Table::OtelTraces));
    assert!(report.failures[0].contains("otel_logs"), "{:?}", report.failures);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn every_line_is_stored_or_refused(lines in proptest::collection::vec(
        "(\\{\"ts\":(1795422651|\"x\"|null),\"(msg|a)\":(\"[ -~&&[^\"\\\\]]{0,9}\"|[0-9]{1,30}|\\[1\\]|\\{\\})\\}|[ -~]{0,20})", 0..20)
    ) {
        let text = lines.join("\n");
        let (report, _) = ingest_text("a.jsonl", text.as_bytes(), &logs());
        let full = lines.iter().filter(|line| !line.trim().is_empty()).count() as u64;
        proptest::prop_assert!(report.rows_read == full || !report.failures.is_empty());
    }
}
