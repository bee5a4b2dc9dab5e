//! Log tables of other kinds than Kulprit's own: answers are those of a plain `GROUP BY`, and no INSERT ever fails.

use kulprit_testing::Database;

use crate::FIXTURE;
use crate::parts::asked;

/// Ways to have a log table: what makes it, the table that is asked, those that are inserted into, and that whose partitions are changed.
const KINDS: [(&str, &str, &[&str], &str); 6] = [
    ("", "otel_logs", &["otel_logs"], "otel_logs"),
    (
        "CREATE VIEW seen AS SELECT * FROM otel_logs",
        "seen",
        &["otel_logs"],
        "otel_logs",
    ),
    (
        "CREATE TABLE other AS otel_logs; \
         CREATE TABLE all_logs AS otel_logs ENGINE = Merge(currentDatabase(), '^(otel_logs|other)$')",
        "all_logs",
        &["otel_logs", "other"],
        "other",
    ),
    (
        "CREATE TABLE spread AS remote('127.0.0.1', currentDatabase(), 'otel_logs')",
        "spread",
        &["otel_logs"],
        "otel_logs",
    ),
    (
        "CREATE TABLE landing AS otel_logs ENGINE = Null; CREATE MATERIALIZED VIEW lander TO otel_logs AS SELECT * FROM landing",
        "otel_logs",
        &["landing"],
        "otel_logs",
    ),
    (
        "CREATE TABLE classic (Timestamp DateTime64(9), TimestampTime DateTime DEFAULT toDateTime(Timestamp), TraceId String, \
         SeverityText LowCardinality(String), ServiceName LowCardinality(Nullable(String)), Body Nullable(String), \
         ResourceAttributes Map(LowCardinality(String), String), LogAttributes Map(LowCardinality(String), String)) \
         ENGINE = MergeTree PARTITION BY toDate(TimestampTime) ORDER BY (TimestampTime, Timestamp)",
        "classic",
        &["classic"],
        "classic",
    ),
];

/// Numbers that look random and are the same at every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

async fn insert(database: &Database, table: &str, dice: &mut Dice) {
    let (day, minute, count) = (29 + dice.roll(3), dice.roll(10), 1 + dice.roll(40));
    let (word, seed) = (["stored", "refused", "lost"][dice.roll(3) as usize], dice.roll(1_000));
    database
        .run(&format!(
            "INSERT INTO {table} (Timestamp, ServiceName, Body) \
             SELECT toDateTime64('2026-01-{day} 10:0{minute}:00', 9, 'UTC') + toIntervalSecond(number * 7 % 180), \
                    ['cart', 'payment'][number % 2 + 1], '{word} order ' || toString(number + {seed}) FROM numbers({count})"
        ))
        .await;
}

async fn change(database: &mut Database, kind: usize, dice: &mut Dice) -> String {
    let (_, _, into, base) = KINDS[kind];
    let day = 29 + dice.roll(3);
    let said = match dice.roll(10) {
        0..=3 => {
            let table = into[dice.roll(into.len() as u64) as usize];
            insert(database, table, dice).await;
            return format!("insert into {table}");
        }
        4 => format!("DELETE FROM {base} WHERE Body LIKE '%{}'", dice.roll(10)),
        5 => format!(
            "ALTER TABLE {base} DELETE WHERE Body LIKE '%{}' SETTINGS mutations_sync = 2",
            dice.roll(10)
        ),
        6 => format!("ALTER TABLE {base} DROP PARTITION '2026-01-{day}'"),
        7 => {
            let detach = format!("ALTER TABLE {base} DETACH PARTITION '2026-01-{day}'");
            database.run(&detach).await;
            format!("ALTER TABLE {base} ATTACH PARTITION '2026-01-{day}'")
        }
        8 => format!("OPTIMIZE TABLE {base} FINAL"),
        _ => {
            database.roller().catch_up().await.unwrap();
            return "roll".to_owned();
        }
    };
    database.run(&said).await;
    said
}

#[tokio::test]
async fn after_any_sequence_of_changes_the_answer_is_a_plain_group_by() {
    for (kind, (make, asked_of, _, _)) in KINDS.iter().enumerate() {
        let mut database = FIXTURE.empty_database(&format!("own_tables_{kind}")).await;
        database.create_log_table().await;
        for statement in make.split("; ").filter(|statement| !statement.is_empty()) {
            database.run(statement).await;
        }
        database.config.logs.table = (*asked_of).to_owned();
        let mut dice = Dice(kind as u64);
        // Lines of before, which are the backfill's.
        insert(&database, KINDS[kind].2[0], &mut dice).await;
        kulprit::setup::apply(&database.config, &database.client).await.unwrap();
        let mut history = Vec::new();
        for step in 0..24 {
            history.push(change(&mut database, kind, &mut dice).await);
            if step == 12 {
                let (client, logs) = (&database.client, &database.config.logs);
                let plan = kulprit::rollups::logs::remaining(client, logs, None).await.unwrap();
                kulprit::rollups::logs::backfill(client, logs, &plan, |_| {})
                    .await
                    .unwrap();
            }
            database
                .assert_counted(&asked(), &format!("{asked_of} ({kind}) after {history:#?}"))
                .await;
        }
    }
}

#[tokio::test]
async fn no_type_of_a_column_makes_an_insert_or_an_answer_fail() {
    for (number, (time, service, body)) in [
        ("DateTime64(9)", "String", "String"),
        ("DateTime", "LowCardinality(String)", "LowCardinality(String)"),
        (
            "DateTime64(3, 'Asia/Tokyo')",
            "Enum8('cart' = 1, '' = 0)",
            "FixedString(20)",
        ),
        ("Nullable(DateTime64(9))", "Nullable(String)", "Nullable(String)"),
        (
            "Nullable(DateTime)",
            "LowCardinality(Nullable(String))",
            "LowCardinality(Nullable(String))",
        ),
        (
            "DateTime64(6, 'UTC')",
            "Nullable(Enum8('cart' = 1))",
            "Nullable(FixedString(20))",
        ),
        ("DateTime('Asia/Tokyo')", "UInt32", "Nullable(UInt64)"),
        ("DateTime64(9)", "Nullable(UUID)", "Nullable(IPv4)"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut database = FIXTURE.empty_database(&format!("own_types_{number}")).await;
        database.config.logs.table = "own".to_owned();
        database
            .run(&format!(
                "CREATE TABLE own (Timestamp {time}, ServiceName {service}, Body {body}, SeverityText String, TraceId String, \
                 ResourceAttributes Map(String, String), LogAttributes Map(String, String)) ENGINE = MergeTree ORDER BY tuple()"
            ))
            .await;
        kulprit::setup::apply(&database.config, &database.client).await.unwrap();
        let checks = kulprit::doctor::examine(&database.config, &database.client).await;
        let table = checks.iter().find(|check| check.check == "log table").unwrap();
        assert_eq!(table.verdict, kulprit::doctor::Verdict::Ok, "{table:?}");
        let stored = database
            .lines(
                "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'own' AND notEmpty(dependencies_table)",
            )
            .await;
        assert_eq!(stored, ["0"], "nothing hangs on the owner's table");
        // NULL where the column takes it, its default where not.
        database
            .run("INSERT INTO own (Timestamp) SELECT toDateTime('2026-01-31 10:06:00', 'UTC')")
            .await;
        for columns in ["Timestamp, ServiceName, Body", "ServiceName, Body"] {
            let nulls = columns.replace("Timestamp", "toDateTime('2026-01-31 10:06:01', 'UTC')");
            let nulls = nulls.replace("ServiceName", "NULL").replace("Body", "NULL");
            database
                .run(&format!(
                    "INSERT INTO own ({columns}) SETTINGS input_format_null_as_default = 1 SELECT {nulls}"
                ))
                .await;
        }
        for context in ["at once", "rolled"] {
            let context = format!("{time}, {service}, {body}, {context}");
            let answer = database.assert_counted(&asked(), &context).await;
            assert_eq!(answer.totals.current_count, 2, "{context}");
            let raw = database.for_reader();
            assert_eq!(raw.answer(&asked()).await.totals.current_count, 2, "{context}");
            database.roller().catch_up().await.unwrap();
            assert_eq!(database.pending().await, 0, "{context}");
        }
    }
}
