//! The documents say what is so: commands that exist, files that exist, every key of the configuration.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{CommandFactory, Parser};
use kulprit::cli::Cli;
use kulprit::config::Config;

const DOCUMENTS: [&str; 16] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/ASSISTANTS.md",
    "docs/GLOSSARY.md",
    "docs/GRAFANA.md",
    "docs/GRANTS.md",
    "docs/INCIDENTS.md",
    "docs/MEASUREMENTS.md",
    "docs/RELIABILITY.md",
    "docs/REPORT.md",
    "docs/ROOT_CAUSE.md",
    "docs/SECURITY.md",
    "docs/SOURCES.md",
    "docs/STACK.md",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The lines of a document's code blocks, without their indentation.
fn code_lines(text: &str) -> Vec<&str> {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with("```") {
            inside = !inside;
        } else if inside {
            lines.push(line);
        }
    }
    lines
}

/// What stands between single back-quotes.
fn inline_code(text: &str) -> Vec<&str> {
    let prose = text.lines().filter(|line| !line.trim().starts_with("```"));
    prose
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter(|code| !code.is_empty())
        .collect()
}

/// Fails unless the words up to the first option or argument are commands of kulprit, and each option is one of theirs.
fn assert_known(words: &[&str], place: &str) {
    let mut command = Cli::command();
    command.build();
    let mut known = &command;
    for word in words {
        // `show|run` names two.
        let mut found = known;
        for name in word.split('|') {
            if let Some(option) = name.strip_prefix("--") {
                let option = option.split('=').next().unwrap_or_default();
                assert!(
                    known
                        .get_arguments()
                        .any(|argument| argument.get_long() == Some(option)),
                    "{place}: there is no option --{option} in {:?}",
                    known.get_name()
                );
            } else if known.has_subcommands() && name.starts_with(|letter: char| letter.is_ascii_lowercase()) {
                found = known
                    .find_subcommand(name)
                    .unwrap_or_else(|| panic!("{place}: there is no command {name:?} in {words:?}"));
            }
        }
        known = found;
    }
}

#[test]
fn every_command_in_the_documents_exists() {
    let mut seen = 0;
    for document in DOCUMENTS {
        let text = read(document);
        for line in code_lines(&text) {
            let arguments = line
                .strip_prefix("kulprit ")
                .or_else(|| line.strip_prefix("cargo run --release -- "))
                .or_else(|| line.strip_prefix("cargo run -- "));
            if let Some(arguments) = arguments {
                // Whole commands, as they are to be typed: the parser itself must take them.
                let words = ["kulprit"].into_iter().chain(arguments.split_whitespace());
                if let Err(error) = Cli::try_parse_from(words) {
                    panic!("{document}: {line}\n{error}");
                }
                seen += 1;
            }
        }
        for code in inline_code(&text) {
            if let Some(arguments) = code
                .strip_prefix("kulprit ")
                .filter(|rest| !rest.starts_with(['…', '<']))
            {
                let words: Vec<&str> = arguments.split_whitespace().collect();
                assert_known(&words, document);
                seen += 1;
            }
        }
    }
    assert!(seen >= 20, "the documents name commands; {seen} were found");
}

#[test]
fn every_file_in_the_documents_exists() {
    let mut seen = 0;
    for document in DOCUMENTS {
        let text = read(document);
        let links = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .filter(|link| !link.contains("://"));
        let is_path = |code: &str| {
            let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-/".contains(letter);
            let rooms = ["src/", "sql/", "schema/", "udf/", "tests/", "docs/", ".ci/"];
            let files = [".md", ".toml", ".yml"];
            code.chars().all(is_plain)
                && (rooms.iter().any(|room| code.starts_with(room)) || files.iter().any(|end| code.ends_with(end)))
                // The user's own copy.
                && code != "config.toml"
        };
        for path in links.chain(inline_code(&text).into_iter().filter(|code| is_path(code))) {
            let beside = root().join(document).with_file_name(path);
            assert!(
                beside.exists() || root().join(path).exists(),
                "{document} names {path}, which is not there"
            );
            seen += 1;
        }
    }
    assert!(seen >= 30, "the documents name files; {seen} were found");
}

/// The keys of a table of the configuration, from the error that an unknown one gives.
fn keys_of(section: &str) -> BTreeSet<String> {
    let text = match section {
        "" => "no_such_key = 1".to_owned(),
        section => format!("[{section}]\nno_such_key = 1"),
    };
    let message = format!("{:#}", Config::parse(&text).unwrap_err());
    let (_, expected) = message.split_once("expected ").unwrap_or_else(|| panic!("{message}"));
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The example with the keys that have no default switched on.
fn all_on(example: &str) -> String {
    let is_key = |line: &str| {
        let name = line.split(" = ").next().unwrap_or_default();
        let is_assignment =
            line.contains(" = ") && name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
        is_assignment || (line.starts_with('[') && line.ends_with(']'))
    };
    let lines = example.lines().map(|line| match line.strip_prefix("# ") {
        Some(rest) if is_key(rest) => rest,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_configuration_is_the_default() {
    assert_eq!(Config::parse(&read("config.example.toml")).unwrap(), Config::default());
}

#[test]
fn the_example_configuration_names_every_key() {
    let text = all_on(&read("config.example.toml"));
    Config::parse(&text).unwrap();
    let shown: toml::Table = toml::from_str(&text).unwrap();
    let names = |table: &toml::Table| table.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&shown), keys_of(""));
    for (section, value) in &shown {
        match value {
            toml::Value::Table(table) => assert_eq!(names(table), keys_of(section), "[{section}]"),
            // A section that may be repeated, with all of its keys in one place.
            sections => {
                let sections = sections.as_array().unwrap();
                let shown = sections.iter().flat_map(|table| names(table.as_table().unwrap()));
                assert_eq!(
                    shown.collect::<BTreeSet<_>>(),
                    keys_of(&format!("[{section}]")),
                    "[[{section}]]"
                );
            }
        }
    }
}

#[test]
fn the_example_configuration_explains_every_section() {
    let example = read("config.example.toml");
    let lines: Vec<&str> = example.lines().collect();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with('[')) {
        assert!(at > 0 && lines[at - 1].starts_with("# "), "{line} is not explained");
    }
}
