//! Every way in which ClickHouse's SQL reaches files, programs and other servers, tried by the engine's owner and by its reader. What the
//! grants do not refuse, the kernel does.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use kulprit_engine::Endpoint;
use kulprit_testing::engine::{ask, options, start};
use tempfile::TempDir;

const KULPRIT: &str = env!("CARGO_BIN_EXE_kulprit");
/// What the file outside holds that nobody may see.
const SECRET: &str = "a secret of somebody else";

/// Each runs by itself; the last part of what it makes, if it makes anything, is read by the next.
fn ways(secret: &str, outside: &Path) -> Vec<String> {
    let directory = outside.display();
    let mut ways = Vec::new();
    for function in [
        format!("file('{secret}', 'LineAsString')"),
        format!("file('{secret}', 'RawBLOB', 's String')"),
        format!("file('{directory}/*', 'LineAsString')"),
        format!("fileCluster('default', '{secret}', 'LineAsString')"),
        format!("filesystem('{directory}')"),
        format!("icebergLocal('{directory}')"),
        format!("deltaLakeLocal('{directory}')"),
        format!("hudiLocal('{directory}')"),
        format!("sqlite('{secret}', 't')"),
        format!("url('file://{secret}', 'LineAsString')"),
        format!("executable('cat {secret}', 'LineAsString', 's String')"),
        format!("executable('../../../../bin/cat', 'LineAsString', 's String', '{secret}')"),
        format!("odbc('DSN={secret}', 't')"),
        format!("jdbc('{secret}', 't')"),
        format!("dictionary('{secret}')"),
        format!("loop(file('{secret}', 'LineAsString'))"),
    ] {
        ways.push(format!("SELECT * FROM {function}"));
        ways.push(format!("CREATE TABLE made AS {function}"));
        ways.push("SELECT * FROM made".to_owned());
        ways.push("DROP TABLE IF EXISTS made SYNC".to_owned());
    }
    for engine in [
        format!("File(LineAsString, '{secret}')"),
        "Executable('script', 'LineAsString')".to_owned(),
        "ExecutablePool('script', 'LineAsString')".to_owned(),
        format!("SQLite('{secret}', 't')"),
        format!("URL('file://{secret}', LineAsString)"),
        format!("EmbeddedRocksDB(0, '{directory}/rocks') PRIMARY KEY s"),
        format!("IcebergLocal('{directory}')"),
        format!("MergeTree ORDER BY s SETTINGS disk = disk(type = local, path = '{directory}/disk/')"),
        format!(
            "MergeTree ORDER BY s SETTINGS disk = disk(type = object_storage, object_storage_type = local, path = '{directory}/objects/')"
        ),
    ] {
        ways.push(format!("CREATE TABLE made (s String) ENGINE = {engine}"));
        ways.push("INSERT INTO made VALUES ('written')".to_owned());
        ways.push("SELECT * FROM made".to_owned());
        ways.push("DROP TABLE IF EXISTS made SYNC".to_owned());
    }
    for engine in [
        format!("Filesystem('{directory}')"),
        format!("SQLite('{secret}')"),
        format!("DataLakeCatalog('file://{directory}')"),
    ] {
        ways.push(format!("CREATE DATABASE made ENGINE = {engine}"));
        ways.push("SELECT * FROM made.secret".to_owned());
        ways.push("DROP DATABASE IF EXISTS made SYNC".to_owned());
    }
    ways.extend([
        format!("SELECT file('{secret}')"),
        format!("SELECT catboostEvaluate('{secret}', 1)"),
        format!("SELECT * FROM (SELECT 1) INTO OUTFILE '{directory}/out'"),
        format!("BACKUP TABLE system.one TO File('{directory}/backup')"),
        format!("BACKUP TABLE system.one TO Disk('default', '{directory}/backup')"),
        format!("RESTORE TABLE t FROM File('{directory}')"),
        format!("INSERT INTO FUNCTION file('{directory}/inserted', 'TSV', 's String') VALUES ('x')"),
        format!("INSERT INTO FUNCTION executable('cat', 'TSV', 's String') VALUES ('{directory}')"),
        format!("CREATE TEMPORARY TABLE x ENGINE = File(LineAsString, '{secret}')"),
    ]);
    ways
}

/// The same in the other languages that a request may ask for by a setting.
fn in_other_languages(endpoint: &Endpoint, secret: &str) -> Vec<(Endpoint, String)> {
    let speaking = |settings: &str| Endpoint {
        url: format!("{}/?{settings}", endpoint.url),
        ..endpoint.clone()
    };
    let prql = speaking("allow_experimental_prql_dialect=1&dialect=prql");
    let kusto = speaking("allow_experimental_kusto_dialect=1&dialect=kusto");
    vec![
        (prql.clone(), format!("from s\"SELECT file('{secret}') AS content\"")),
        (prql, format!("from (file '{secret}')")),
        (kusto.clone(), format!("print file('{secret}')")),
        (kusto, format!("table('{secret}')")),
    ]
}

#[tokio::test]
async fn no_statement_reaches_a_file_outside_or_a_program() {
    let directory = TempDir::new().unwrap();
    let outside = directory.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    let secret_file = outside.join("secret");
    std::fs::write(&secret_file, SECRET).unwrap();
    let mut options = options(Path::new(KULPRIT), directory.path().join("data"));
    options.require_sandbox = true;
    let engine = start(options.clone()).await;
    let script = engine.user_scripts().join("script");
    std::fs::write(&script, format!("#!/bin/sh\ncat '{}'\n", secret_file.display())).unwrap();
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o700)).unwrap();
    let secret = secret_file.to_str().unwrap();
    for user in [engine.endpoint().clone(), engine.reader()] {
        let statements = ways(secret, &outside).into_iter().map(|sql| (user.clone(), sql));
        for (endpoint, sql) in statements.chain(in_other_languages(&user, secret)) {
            let (_, text) = ask(&endpoint, &sql);
            assert!(!text.contains(SECRET), "{} may {sql}: {text}", user.user);
            let left: Vec<_> = outside.read_dir().unwrap().flatten().collect();
            assert_eq!(left.len(), 1, "{} may {sql}: {left:?}", user.user);
        }
    }
    // And nothing of what could be made keeps the engine from its next start.
    engine.stop().await.unwrap();
    start(options).await.stop().await.unwrap();
}
