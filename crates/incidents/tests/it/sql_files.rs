//! The SQL files: each is compiled in, says what its parameters are, and is understood by SQLite.

use std::collections::BTreeSet;
use std::path::Path;

use kulprit_incidents::{Incidents, MIGRATIONS, sql};
use minijinja::{Value, context};
use rusqlite::Connection;
use tempfile::TempDir;

fn names_in(directory: &str) -> BTreeSet<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(directory);
    std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

/// Every structure that a statement can have; only the list has more than one.
fn structures(name: &str) -> Vec<Value> {
    if name != "list" {
        return vec![context! {}];
    }
    let mut all = Vec::new();
    for key in ["i.place", "i.updated_at", "i.severity_rank", "i.state_rank"] {
        for (on, descending) in [(true, true), (true, false), (false, true), (false, false)] {
            all.push(context! {
                key => Value::from_safe_string(key.to_owned()), descending,
                states => on, severities => on, services => on, labels => on, opened_from => on, opened_to => on,
                words => on, after => on,
            });
        }
    }
    all
}

/// The `:name`s of a statement outside its comments.
fn placeholders(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    code.split(':')
        .skip(1)
        .map(|rest| {
            rest.chars()
                .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
                .collect()
        })
        .collect()
}

/// The names under `-- Params:`, each of which has a type and a meaning.
fn declared_params(text: &str) -> BTreeSet<String> {
    assert!(text.starts_with("-- Purpose: "), "{text}");
    text.lines()
        .skip_while(|line| *line != "-- Params:")
        .skip(1)
        .map_while(|line| line.strip_prefix("--   "))
        .map(|line| {
            let (declared, meaning) = line.split_once("  ").unwrap();
            let (name, kind) = declared.split_once(' ').unwrap();
            assert!(
                matches!(kind, "TEXT" | "INTEGER" | "BLOB") && !meaning.is_empty(),
                "{line}"
            );
            name.to_owned()
        })
        .collect()
}

#[test]
fn every_file_is_compiled_in() {
    let compiled: BTreeSet<_> = sql::FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(compiled, names_in("sql/incidents"));
    let migrations: BTreeSet<_> = MIGRATIONS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(migrations, names_in("schema/sqlite"));
    assert!(MIGRATIONS.is_sorted());
}

#[test]
fn every_statement_is_understood_and_declares_its_parameters() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("incidents.db");
    Incidents::open(&path).unwrap();
    let connection = Connection::open(&path).unwrap();
    for (name, _) in sql::FILES.iter().filter(|(name, _)| !name.starts_with('_')) {
        let mut used = BTreeSet::new();
        let mut declared = BTreeSet::new();
        for structure in structures(name) {
            let text = sql::render(name, &structure).unwrap();
            connection
                .prepare(&text)
                .unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
            used.extend(placeholders(&text));
            declared = declared_params(&text);
        }
        assert_eq!(used, declared, "{name}");
    }
}

#[test]
fn values_cannot_be_written_into_a_statement() {
    let hostile = context! {
        key => "i.opened_at; DROP TABLE incidents", descending => true, words => false, states => false, severities => false,
        services => false, labels => false, opened_from => false, opened_to => false, after => false,
    };
    assert!(sql::render("list", &hostile).is_err());
}
