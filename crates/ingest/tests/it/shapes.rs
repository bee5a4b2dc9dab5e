//! The shapes that tools give their JSON and CSV records.

use kulprit_ingest::{FieldNames, Options};

use super::recording::{Field, Row, attribute, ingest_text, logs, text, time};

/// The shape, one record, and what is stored: time of day on 2026-11-21, message, severity number, service.
type Shape = (
    &'static str,
    &'static str,
    (&'static str, &'static str, i128, &'static str),
);

const SHAPES: &[Shape] = &[
    (
        "database",
        r#"{"t":{"$date":"2026-11-21T10:15:01.250+00:00"},"s":"E","c":"NETWORK","id":7,"ctx":"listener","msg":"no space","attr":{"n":1}}"#,
        ("10:15:01.25", "no space", 17, "x"),
    ),
    (
        "date as long",
        r#"{"t":{"$date":{"$numberLong":"1795256101250"}},"s":"I","msg":"up"}"#,
        ("10:15:01.25", "up", 9, "x"),
    ),
    (
        "log4j instant",
        r#"{"instant":{"epochSecond":1795256101,"nanoOfSecond":250000000},"thread":"main","level":"ERROR","loggerName":"a.B","message":"no space"}"#,
        ("10:15:01.25", "no space", 17, "x"),
    ),
    (
        "otlp",
        r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"depot"}}]},"scopeLogs":[{"scope":{"name":"l"},"logRecords":[{"timeUnixNano":"1795256101250000000","severityNumber":17,"body":{"stringValue":"no space"},"attributes":[{"key":"shelf","value":{"intValue":"7"}}],"traceId":"0af7651916cd43dd8448eb211c80319c"}]}]}]}"#,
        ("10:15:01.25", "no space", 17, "depot"),
    ),
    (
        "journal",
        r#"{"__REALTIME_TIMESTAMP":"1795256101250000","PRIORITY":"3","_SYSTEMD_UNIT":"depot.service","MESSAGE":"no space","_HOSTNAME":"h1"}"#,
        ("10:15:01.25", "no space", 17, "depot"),
    ),
    (
        "journal bytes",
        r#"{"__REALTIME_TIMESTAMP":"1795256101250000","PRIORITY":"4","_COMM":"depot","MESSAGE":[27,91,51,49,109,110,111,27,91,48,109]}"#,
        ("10:15:01.25", "no", 13, "depot"),
    ),
    (
        "gelf",
        r#"{"version":"1.1","host":"h1","short_message":"no space","timestamp":1795256101.25,"level":3,"_app":"depot"}"#,
        ("10:15:01.25", "no space", 17, "depot"),
    ),
    (
        "ecs nested",
        r#"{"@timestamp":"2026-11-21T10:15:01.250Z","log":{"level":"error"},"message":"no space","service":{"name":"depot"},"trace":{"id":"0af7651916cd43dd8448eb211c80319c"}}"#,
        ("10:15:01.25", "no space", 17, "depot"),
    ),
    (
        "ecs dotted",
        r#"{"@timestamp":"2026-11-21T10:15:01.250Z","log.level":"WARN","message":"no space","service.name":"depot"}"#,
        ("10:15:01.25", "no space", 13, "depot"),
    ),
    (
        "compact event",
        r#"{"@t":"2026-11-21T10:15:01.2500000Z","@mt":"No {What}","@l":"Error","What":"space"}"#,
        ("10:15:01.25", "No {What}", 17, "x"),
    ),
    (
        "compact event without level",
        r#"{"@t":"2026-11-21T10:15:01.2500000Z","@mt":"Moved {What}","What":"crate"}"#,
        ("10:15:01.25", "Moved {What}", 9, "x"),
    ),
    (
        "cloud text",
        r#"{"textPayload":"no space","resource":{"type":"k8s_container","labels":{"container_name":"depot"}},"severity":"ERROR","timestamp":"2026-11-21T10:15:01.25Z"}"#,
        ("10:15:01.25", "no space", 17, "depot"),
    ),
    (
        "cloud json",
        r#"{"jsonPayload":{"message":"no space"},"resource":{"labels":{"container_name":"depot"}},"severity":"WARNING","timestamp":"2026-11-21T10:15:01.25Z"}"#,
        ("10:15:01.25", "no space", 13, "depot"),
    ),
    (
        "log client",
        r#"{"labels":{"app":"depot","level":"error"},"line":"no space","timestamp":"2026-11-21T10:15:01.25Z"}"#,
        ("10:15:01.25", "no space", 17, "depot"),
    ),
    (
        "log query",
        r#"{"status":"success","data":{"resultType":"streams","result":[{"stream":{"app":"depot"},"values":[["1795256101250000000","level=error no space"]]}]}}"#,
        ("10:15:01.25", "level=error no space", 17, "depot"),
    ),
    (
        "rust tracing",
        r#"{"timestamp":"2026-11-21T10:15:01.250000Z","level":"ERROR","fields":{"message":"no space","shelf":7},"target":"depot"}"#,
        ("10:15:01.25", "no space", 17, "x"),
    ),
    (
        "fluent bit",
        r#"{"date":1795256101.25,"stream":"stderr","log":"ERROR no space","kubernetes":{"pod_name":"depot-1","container_name":"depot"}}"#,
        ("10:15:01.25", "ERROR no space", 17, "depot"),
    ),
    (
        "pino",
        r#"{"level":50,"time":1795256101250,"pid":7,"hostname":"h1","msg":"no space"}"#,
        ("10:15:01.25", "no space", 17, "x"),
    ),
    (
        "bunyan",
        r#"{"name":"depot","hostname":"h1","pid":7,"level":50,"msg":"no space","time":"2026-11-21T10:15:01.250Z","v":0}"#,
        ("10:15:01.25", "no space", 17, "x"),
    ),
    (
        "zerolog",
        r#"{"level":"error","time":"2026-11-21T10:15:01.25Z","message":"no space"}"#,
        ("10:15:01.25", "no space", 17, "x"),
    ),
    (
        "zap",
        r#"{"level":"error","ts":1795256101.25,"caller":"a.go:1","msg":"no space"}"#,
        ("10:15:01.25", "no space", 17, "x"),
    ),
    (
        "python",
        r#"{"asctime":"2026-11-21 10:15:01,250","levelname":"ERROR","name":"depot","message":"no space"}"#,
        ("10:15:01.25", "no space", 17, "x"),
    ),
    (
        "logback",
        r#"{"@timestamp":"2026-11-21T10:15:01.250Z","message":"no space","level":"ERROR","level_value":40000}"#,
        ("10:15:01.25", "no space", 17, "x"),
    ),
    (
        "audit trail",
        r#"{"Records":[{"eventTime":"2026-11-21T10:15:01Z","eventName":"Get","message":"read"}]}"#,
        ("10:15:01", "read", 0, "x"),
    ),
    (
        "log events",
        r#"{"events":[{"timestamp":1795256101250,"message":"ERROR no space","ingestionTime":1}],"nextToken":"n"}"#,
        ("10:15:01.25", "ERROR no space", 17, "x"),
    ),
    (
        "search hits",
        r#"{"took":1,"hits":{"total":1,"hits":[{"_index":"i","_source":{"@timestamp":"2026-11-21T10:15:01.250Z","message":"no space","level":"error"}}]}}"#,
        ("10:15:01.25", "no space", 17, "x"),
    ),
    (
        "wrapped in an object of its own",
        r#"{"data":{"shelf":7},"info":{"code":"A001","level":"error","msg":"no space","ts":"2026-11-21T10:15:01.250000Z"}}"#,
        ("10:15:01.25", "no space", 17, "x"),
    ),
    (
        "wrapped, with a level of parts",
        r#"{"text":null,"record":{"level":{"name":"ERROR","no":40},"message":"no space","time":{"repr":"2026-11-21 10:15:01.250000+00:00","timestamp":1795256101.25}}}"#,
        ("10:15:01.25", "no space", 17, "x"),
    ),
    (
        "collector of events",
        r#"{"time":1795256101.25,"host":"h1","source":"/x","event":{"message":"no space","severity":"ERROR"}}"#,
        ("10:15:01.25", "no space", 17, "x"),
    ),
    (
        "record in a text",
        r#"{"@timestamp":"2026-11-21T10:15:09Z","kubernetes":{"container_name":"depot"},"log":"{\"level\":\"error\",\"ts\":\"2026-11-21T10:15:01.25Z\",\"msg\":\"no space\"}\n"}"#,
        ("10:15:01.25", "no space", 17, "depot"),
    ),
    (
        "api of log events",
        r#"{"data":[{"id":"A","type":"log","attributes":{"timestamp":"2026-11-21T10:15:01.250Z","status":"error","service":"depot","message":"no space"}}]}"#,
        ("10:15:01.25", "no space", 17, "depot"),
    ),
    (
        "fields and values",
        r#"{"results":[[{"field":"@timestamp","value":"2026-11-21 10:15:01.250"},{"field":"@message","value":"ERROR no space"}]],"status":"Complete"}"#,
        ("10:15:01.25", "ERROR no space", 17, "x"),
    ),
    (
        "level among tags",
        r#"{"@timestamp":"2026-11-21T10:15:01.25Z","tags":["depot","error"],"message":"no space"}"#,
        ("10:15:01.25", "no space", 17, "x"),
    ),
    (
        "level with a sign",
        r#"{"time":"2026-11-21T10:15:01.25Z","level":"ERROR+4","msg":"no space"}"#,
        ("10:15:01.25", "no space", 17, "x"),
    ),
    (
        "levels from zero to four",
        r#"{"timestamp":"2026-11-21T10:15:01.25Z","severityLevel":1,"message":"up"}"#,
        ("10:15:01.25", "up", 9, "x"),
    ),
    (
        "date and time apart",
        r#"{"date":"2026-11-21","time":"10:15:01.250","level":"error","msg":"no space"}"#,
        ("10:15:01.25", "no space", 17, "x"),
    ),
    (
        "an exception and no level",
        r#"{"time":"2026-11-21T10:15:01.25Z","msg":"TypeError: no space"}"#,
        ("10:15:01.25", "TypeError: no space", 17, "x"),
    ),
    (
        "a serialiser's time",
        r#"{"TimeCreated":"\/Date(1795256101250)\/","LevelDisplayName":"Error","Level":2,"ProgramName":"depot","Message":"no space"}"#,
        ("10:15:01.25", "no space", 17, "depot"),
    ),
    (
        "short keys",
        r#"{"dt":"2026-11-21T10:15:01.25Z","sev":"error","text":"no space","resource":{"attributes":{"service.name":"depot"}}}"#,
        ("10:15:01.25", "no space", 17, "depot"),
    ),
    (
        "any other time",
        r#"{"loggedWhenTime":"2026-11-21 10:15:01.250","msg":"no space"}"#,
        ("10:15:01.25", "no space", 0, "x"),
    ),
    (
        "zero first",
        r#"{"timestamp":0,"@timestamp":"2026-11-21T10:15:01.250Z","msg":"no space"}"#,
        ("10:15:01.25", "no space", 0, "x"),
    ),
];

fn number(row: &Row) -> i128 {
    match row.get("SeverityNumber") {
        Some(Field::Int(number)) => *number,
        _ => 0,
    }
}

#[test]
fn records_are_read_whatever_the_file_is_called() {
    for (shape, record, (at, body, severity, service)) in SHAPES {
        for name in ["x.log", "x.jsonl"] {
            let (report, sink) = ingest_text(name, format!("{record}\n").as_bytes(), &logs());
            let rows = sink.rows();
            assert_eq!((rows.len(), report.complete()), (1, true), "{shape}: {report:?}");
            let row = &rows[0];
            assert_eq!(time(row, "Timestamp"), format!("2026-11-21T{at}Z"), "{shape}");
            assert_eq!(
                (
                    text(row, "Body").as_str(),
                    number(row),
                    text(row, "ServiceName").as_str()
                ),
                (*body, *severity, *service),
                "{shape}"
            );
        }
    }
}

#[test]
fn traces_and_attributes_are_kept() {
    let row = |shape: &str| {
        let (_, record, _) = SHAPES.iter().find(|(known, ..)| *known == shape).unwrap();
        ingest_text("x.jsonl", record.as_bytes(), &logs()).1.rows().remove(0)
    };
    for shape in ["otlp", "ecs nested"] {
        assert_eq!(
            text(&row(shape), "TraceId"),
            "0af7651916cd43dd8448eb211c80319c",
            "{shape}"
        );
    }
    assert_eq!(attribute(&row("otlp"), "shelf").as_deref(), Some("7"));
    assert_eq!(attribute(&row("zap"), "caller").as_deref(), Some("a.go:1"));
    let resource = |row: &Row, key: &str| match &row["ResourceAttributes"] {
        Field::Map(pairs) => pairs
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value.clone()),
        _ => None,
    };
    assert_eq!(resource(&row("journal"), "host.name"), Some(b"h1".to_vec()));
    assert_eq!(resource(&row("fluent bit"), "k8s.pod.name"), Some(b"depot-1".to_vec()));
}

#[test]
fn a_time_of_zero_is_refused_and_a_missing_one_is_the_records_above() {
    let lines = b"{\"time\":1795256101,\"msg\":\"a\"}\n{\"time\":0,\"msg\":\"b\"}\n{\"time\":-5,\"msg\":\"c\"}\n{\"msg\":\"d\"}\n{\"time\":null,\"msg\":\"e\"}\n";
    let (report, sink) = ingest_text("x.jsonl", lines, &logs());
    assert_eq!(sink.bodies(), ["a", "d", "e"]);
    assert_eq!(report.refused_by_kind["the time cannot be read"], 2);
    for row in &sink.rows()[1..] {
        assert_eq!(time(row, "Timestamp"), "2026-11-21T10:15:01Z");
        assert_eq!(attribute(row, "kulprit.time_from").as_deref(), Some("previous"));
    }
    // The first records of a file wait for a time.
    let (_, sink) = ingest_text(
        "x.jsonl",
        b"{\"msg\":\"a\"}\n{\"time\":1795256101,\"msg\":\"b\"}\n",
        &logs(),
    );
    let first = sink.rows().into_iter().find(|row| text(row, "Body") == "a").unwrap();
    assert_eq!(attribute(&first, "kulprit.time_from").as_deref(), Some("next"));
}

#[test]
fn the_users_names_for_fields() {
    let options = Options {
        fields: FieldNames::parse("time=meta.when,message=what,level=how,service=who,trace=tid").unwrap(),
        ..logs()
    };
    let record =
        br#"{"meta":{"when":1795256101},"what":"no space","how":"error","who":"depot","tid":"ab","message":"other"}"#;
    let row = ingest_text("x.jsonl", record, &options).1.rows().remove(0);
    assert_eq!(
        (
            text(&row, "Body").as_str(),
            number(&row),
            text(&row, "ServiceName").as_str(),
            text(&row, "TraceId").as_str()
        ),
        ("no space", 17, "depot", "ab")
    );
    assert_eq!(time(&row, "Timestamp"), "2026-11-21T10:15:01Z");
    assert_eq!(attribute(&row, "message").as_deref(), Some("other"));
}

#[test]
fn csv_of_query_tools() {
    let tables: &[(&str, &str)] = &[
        (
            "datadog",
            "Date,Host,Service,Status,Message\n\"2026-11-21T10:15:01.250Z\",h1,depot,error,no space\n",
        ),
        (
            "grafana",
            "\"Time\",\"Line\",\"tsNs\",\"id\"\n1795256101250,\"level=error no space\",1795256101250000000,a1\n",
        ),
        (
            "cloudwatch",
            "@timestamp,@message,@logStream\n2026-11-21 10:15:01.250,ERROR no space,s1\n",
        ),
        ("cloudwatch export", "timestamp,message\n1795256101250,ERROR no space\n"),
        (
            "semicolons",
            "timestamp;level;message\n2026-11-21 10:15:01.250;ERROR;no space, none at all\n",
        ),
        (
            "tabs",
            "time\tlevel\tmessage\n2026-11-21T10:15:01.250Z\tERROR\tno space, none at all\n",
        ),
        (
            "display times",
            "\"@timestamp\",message,log.level\n\"Nov 21, 2026 @ 10:15:01.250\",no space,error\n",
        ),
        (
            "date and time apart",
            "Date,Time,Level,Message\n2026-11-21,10:15:01.250,ERROR,no space\n",
        ),
    ];
    for (tool, table) in tables {
        for name in ["depot.csv", "depot.log"] {
            let (report, sink) = ingest_text(name, table.as_bytes(), &logs());
            assert!(report.complete(), "{tool}: {report:?}");
            let row = &sink.rows()[0];
            assert_eq!(time(row, "Timestamp"), "2026-11-21T10:15:01.25Z", "{tool}");
            assert!(text(row, "Body").contains("no space"), "{tool}");
            assert_eq!(
                (number(row), text(row, "ServiceName").as_str()),
                (17, "depot"),
                "{tool}"
            );
        }
    }
}

#[test]
fn the_journals_export_format() {
    let mut export = b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1795256101250000\nPRIORITY=3\nSYSLOG_IDENTIFIER=depot\nMESSAGE=no space\n\n".to_vec();
    export.extend_from_slice(
        b"__CURSOR=s=2\n__REALTIME_TIMESTAMP=1795256102000000\nPRIORITY=6\nSYSLOG_IDENTIFIER=depot\nMESSAGE\n",
    );
    export.extend_from_slice(&7u64.to_le_bytes());
    export.extend_from_slice(b"one\ntwo\n\n");
    let (report, sink) = ingest_text("journal.export", &export, &logs());
    assert!(report.complete(), "{report:?}");
    assert_eq!(sink.bodies(), ["no space", "one\ntwo"]);
    let rows = sink.rows();
    assert_eq!((number(&rows[0]), number(&rows[1])), (17, 9));
    assert_eq!(time(&rows[0], "Timestamp"), "2026-11-21T10:15:01.25Z");
    let (report, _) = ingest_text("journal.export", &export[..export.len() - 4], &logs());
    assert_eq!(report.failures.len(), 1);
}
