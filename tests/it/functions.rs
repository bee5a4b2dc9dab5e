//! The doctor's word on the executable functions that a server has.

use kulprit::doctor::{Check, Verdict, examine};
use kulprit_engine::{Engine, EngineOptions};

use kulprit_testing::Database;

use crate::FIXTURE;

async fn checks(engine: &Engine, database: &str) -> Vec<Check> {
    let database = Database::on(engine, database).await;
    database.apply_schema().await;
    examine(&database.config, &database.client).await
}

fn find<'a>(checks: &'a [Check], name: &str) -> &'a Check {
    let mut checks = checks.iter();
    checks
        .find(|check| check.check == name)
        .unwrap_or_else(|| panic!("no check {name}"))
}

/// An engine of this build's program, whose functions `config` declares; none means no functions.
async fn engine(name: &str, config: Option<String>) -> Engine {
    let program = FIXTURE.program().to_owned();
    let options = EngineOptions {
        program: Some(program.clone()),
        udf_executable: config.as_ref().map(|_| program),
        udf_config: config,
        ..EngineOptions::new(FIXTURE.fresh_dir(name))
    };
    Engine::start_or_join(options).await.unwrap()
}

/// The functions as an older version declared them: one argument fewer, and no word on versions.
fn older() -> String {
    let text = kulprit_udf::CONFIG_XML.as_str();
    let question = text.rfind("<name>question</name>").unwrap();
    let begin = text[..question].rfind("<argument>").unwrap();
    let end = question + text[question..].find("</argument>").unwrap() + "</argument>".len();
    let fewer = format!("{}{}", &text[..begin], &text[end..]);
    let version = fewer.find("<name>kulprit_version</name>").unwrap();
    let begin = fewer[..version].rfind("<function>").unwrap();
    let end = version + fewer[version..].find("</function>").unwrap() + "</function>".len();
    format!("{}{}", &fewer[..begin], &fewer[end..])
}

#[tokio::test]
async fn an_older_functions_file_is_named_with_what_to_do() {
    let engine = engine("functions-older", Some(older())).await;
    let checks = checks(&engine, "older").await;
    let changes = find(&checks, "changes function");
    assert_eq!(changes.verdict, Verdict::Problem, "{changes:?}");
    assert!(changes.found.contains("another version's"), "{changes:?}");
    let versions = find(&checks, "function versions");
    assert_eq!(versions.verdict, Verdict::Warning, "{versions:?}");
    assert!(versions.found.contains("older version"), "{versions:?}");
    for check in [changes, versions] {
        assert!(
            check.advice.as_deref().unwrap().contains("kulprit udf install"),
            "{check:?}"
        );
    }
    assert_eq!(find(&checks, "shape functions").verdict, Verdict::Ok);
    engine.stop().await.unwrap();
}

#[tokio::test]
async fn functions_that_are_missing_or_give_other_answers_are_told() {
    let engine = engine("functions-missing", None).await;
    let missing = checks(&engine, "missing").await;
    let names = [
        "shape functions",
        "changes function",
        "divergence function",
        "function versions",
    ];
    for name in names {
        let check = find(&missing, name);
        assert_eq!(
            check.verdict,
            Verdict::Warning,
            "plain SQL answers without them: {check:?}"
        );
        assert!(
            check.advice.as_deref().unwrap().contains("kulprit udf install"),
            "{check:?}"
        );
    }
    let database = Database::on(&engine, "others").await;
    for function in [
        "CREATE FUNCTION kulprit_shape AS (message) -> cityHash64(message)",
        "CREATE FUNCTION kulprit_shape_text AS (message) -> replaceRegexpAll(message, '[0-9]', '#')",
        "CREATE FUNCTION kulprit_version AS (name) -> toUInt64(if(name = 'kulprit_changes', 99, 0))",
        "CREATE FUNCTION kulprit_divergence AS (current, baseline) -> arrayMap((a, b) -> \
         CAST((0, 0, 0, 1, 1), 'Tuple(kl Float64, relative_change Float64, g2 Float64, p_value Float64, q_value Float64)'), \
         current, baseline)",
    ] {
        database.run(function).await;
    }
    let others = checks(&engine, "different").await;
    for (name, said) in [
        ("shape functions", "another version's"),
        ("divergence function", "another version's"),
        (
            "function versions",
            "kulprit_changes is version 99 on the server and 3 here",
        ),
        ("function versions", "kulprit_shape is not in the server's executable"),
    ] {
        let check = find(&others, name);
        assert!(
            check.verdict == Verdict::Problem && check.found.contains(said),
            "{check:?}"
        );
    }
    engine.stop().await.unwrap();
}

#[tokio::test]
async fn the_functions_of_this_version_are_what_the_doctor_wants() {
    let checks = checks(FIXTURE.engine().await, "functions_sound").await;
    let versions = find(&checks, "function versions");
    assert_eq!(versions.verdict, Verdict::Ok, "{versions:?}");
    for name in ["kulprit_changes", "kulprit_shape", "kulprit_shape_text"] {
        assert!(versions.found.contains(name), "an answer calls {name}: {versions:?}");
    }
    assert_eq!(find(&checks, "changes function").verdict, Verdict::Ok);
}
