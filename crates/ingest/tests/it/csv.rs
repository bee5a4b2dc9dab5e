//! CSV with a header.

use kulprit_ingest::{Options, Table};

use super::recording::{Field, attribute, ingest_text, logs, text, time};

#[test]
fn a_header_names_the_columns() {
    let csv = b"timestamp,level,message,region\r\n\
        2026-11-23 08:30:51,ERROR,\"said \"\"no\"\"\nand left\",eu\r\n\
        1795422652,info,caf\xe9,\r\n";
    let (report, sink) = ingest_text("orders.csv", csv, &logs());
    assert!(report.complete(), "{report:?}");
    let rows = sink.rows();
    assert_eq!(text(&rows[0], "Body"), "said \"no\"\nand left");
    assert_eq!(
        (time(&rows[0], "Timestamp"), text(&rows[0], "ServiceName")),
        ("2026-11-23T08:30:51Z".into(), "orders".into())
    );
    assert_eq!(
        (attribute(&rows[0], "region").as_deref(), attribute(&rows[1], "region")),
        (Some("eu"), None)
    );
    assert_eq!(
        (rows[1]["Body"].clone(), rows[1]["SeverityNumber"].clone()),
        (Field::Text(b"caf\xe9".to_vec()), Field::Int(9))
    );
}

#[test]
fn records_that_do_not_fit_are_named() {
    let csv = b"ts,msg\n1795422651,good\n1795422651\nnever,x\n1795422652,good too";
    let (report, sink) = ingest_text("a.csv", csv, &logs());
    assert_eq!(sink.bodies(), ["good", "good too"]);
    let rows: Vec<_> = report
        .refusals
        .iter()
        .map(|refusal| (refusal.row, refusal.kind))
        .collect();
    assert_eq!(
        rows,
        [
            (3, "another number of fields than the header"),
            (4, "the time cannot be read")
        ]
    );
}

#[test]
fn a_wrong_header_is_told_once() {
    let failure = |csv: &[u8], table| {
        let (report, sink) = ingest_text("a.csv", csv, &Options::new(table));
        assert_eq!(sink.offered, 0);
        report.failures[0].clone()
    };
    assert!(failure(b"when,msg\n1,2\n", Table::OtelLogs).contains("Timestamp"));
    let unknown = failure(
        b"TimeUnix,MetricName,Value,colour\n1795422651,m,1,red\n",
        Table::OtelMetricsGauge,
    );
    assert!(
        unknown.contains("colour") && unknown.contains("MetricName") && unknown.contains("--ignore-unknown"),
        "{unknown}"
    );
}

#[test]
fn metrics_are_numbers() {
    let gauge = Options {
        ignore_unknown: true,
        retry_pauses: Vec::new(),
        ..Options::new(Table::OtelMetricsGauge)
    };
    let csv = b"TimeUnix,MetricName,Value,Attributes,colour\n1795422651,m,1.5,\"{\"\"a\"\":\"\"b\"\"}\",red\n1795422651,m,many,,\n";
    let (report, sink) = ingest_text("m.csv", csv, &gauge);
    let row = &sink.rows()[0];
    assert_eq!(
        (row["Value"].clone(), row["Attributes"].clone()),
        (Field::Float(1.5), Field::Map(vec![("a".into(), "b".into())]))
    );
    assert!(report.refusals[0].detail.contains("many"));
}

#[test]
fn a_quote_that_never_closes_does_not_fill_the_memory() {
    let mut csv = b"ts,msg\n1795422651,good\n1795422652,\"open".to_vec();
    csv.resize(20 << 20, b'x');
    let (report, sink) = ingest_text("a.csv", &csv, &logs());
    assert_eq!(sink.bodies(), ["good"]);
    assert!(report.failures[0].contains("quote"), "{:?}", report.failures);
}

#[test]
fn an_empty_file_is_no_trouble() {
    let (report, _) = ingest_text("a.csv", b"", &logs());
    assert!(report.complete(), "{report:?}");
}
