//! The rooms of the product: what stands above may import what stands below, and nothing else. And no SQL outside its folders.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// From the top; `ARCHITECTURE.md` lists the same rooms.
const ROOMS: [&str; 16] = [
    "grafana",
    "cli",
    "mcp",
    "http",
    "report",
    "demo",
    "doctor",
    "auth",
    "incidents",
    "questions",
    "setup",
    "rollups",
    "scope",
    "sources",
    "config",
    "text",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below `directory`, and its text.
fn files(directory: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty());
    found
}

/// The names after each `crate::`, those in braces among them.
fn imported(text: &str) -> BTreeSet<&str> {
    let name = |text: &'_ str| {
        text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .unwrap_or(text.len())
    };
    let mut names = BTreeSet::new();
    for rest in text.split("crate::").skip(1) {
        match rest.strip_prefix('{').and_then(|rest| rest.split('}').next()) {
            Some(list) => names.extend(list.split(',').map(str::trim).map(|item| &item[..name(item)])),
            None => {
                names.insert(&rest[..name(rest)]);
            }
        }
    }
    names
}

#[test]
fn no_import_runs_uphill() {
    let source = root().join("src");
    let floor = |room: &str| ROOMS.iter().position(|known| *known == room);
    let mut seen = BTreeSet::new();
    for (path, text) in files(&source) {
        let first = path.strip_prefix(&source).unwrap().components().next().unwrap();
        let name = first.as_os_str().to_str().unwrap();
        let room = name.trim_end_matches(".rs");
        if ["lib", "main"].contains(&room) {
            continue;
        }
        let own =
            floor(room).unwrap_or_else(|| panic!("{room} is a room that this list and ARCHITECTURE.md do not know"));
        seen.insert(own);
        for other in imported(&text).into_iter().filter_map(floor) {
            assert!(
                other >= own,
                "{} imports {}, which stands above it",
                path.display(),
                ROOMS[other]
            );
        }
    }
    assert_eq!(seen.len(), ROOMS.len(), "a room of this list is empty");
}

#[test]
fn a_question_imports_of_another_only_what_it_exports() {
    let source = root().join("src/questions");
    for (path, text) in files(&source) {
        let own = path.strip_prefix(&source).unwrap().components().next().unwrap();
        for rest in text.split("crate::questions::").skip(1) {
            let mut parts = rest.split("::");
            let (question, inside) = (parts.next().unwrap(), parts.next().unwrap_or_default());
            let is_module = inside.chars().next().is_some_and(|letter| letter.is_ascii_lowercase())
                && source
                    .join(question)
                    .join(format!("{}.rs", inside.split([';', '(', ',', ' ']).next().unwrap()))
                    .exists();
            let is_own = own.as_os_str() == question;
            assert!(
                is_own || !is_module,
                "{} reaches into {question}::{inside}",
                path.display()
            );
        }
    }
}

#[test]
fn statements_stand_in_their_folders() {
    const VERBS: [&str; 5] = [
        "SELECT ",
        "ALTER TABLE",
        "CREATE TABLE",
        "OPTIMIZE TABLE",
        "INSERT INTO ",
    ];
    let mut frames = 0;
    for room in [
        "src",
        "crates/clickhouse/src",
        "crates/incidents/src",
        "crates/request/src",
        "crates/ingest/src",
    ] {
        for (path, text) in files(&root().join(room)) {
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for line in code.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
                let Some(verb) = VERBS.iter().find(|verb| line.contains(&format!("\"{verb}"))) else {
                    continue;
                };
                // The frame around a batch, and what the dictionaries ask.
                let is_known = path.ends_with("client.rs") && *verb == "INSERT INTO "
                    || line.contains("kulprit_catalog_version")
                    || path.ends_with("schema/inspect.rs")
                    // What the simulated shop logs.
                    || path.starts_with(root().join("src/demo"));
                frames += usize::from(is_known);
                assert!(is_known, "{}: {line}", path.display());
            }
        }
    }
    assert!(frames >= 2, "the two that are known were not seen");
}

/// Which crate may depend on what: the compiler keeps the rest.
#[test]
fn only_its_own_crate_knows_sqlite_and_the_engines_library() {
    let depends = |manifest: &str, name: &str| {
        let text = std::fs::read_to_string(root().join(manifest)).unwrap();
        let plain = text.split("[dev-dependencies]").next().unwrap_or_default().to_owned();
        plain
            .lines()
            .any(|line| line.starts_with(&format!("{name} ")) || line.starts_with(&format!("{name}.")))
    };
    let manifests = [
        "Cargo.toml",
        "crates/request/Cargo.toml",
        "crates/clickhouse/Cargo.toml",
        "crates/engine/Cargo.toml",
        "crates/ingest/Cargo.toml",
        "crates/incidents/Cargo.toml",
    ];
    for (name, own) in [
        ("rusqlite", "crates/incidents/Cargo.toml"),
        ("libloading", "crates/engine/Cargo.toml"),
    ] {
        for manifest in manifests {
            let text = depends(manifest, name);
            assert_eq!(text, manifest == own, "{manifest}: {name}");
        }
    }
}
