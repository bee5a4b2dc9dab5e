//! The configuration file and the program must name the same functions.

use kulprit_udf::{CHANGES_COLUMNS, CONFIG_XML, Function};

/// What stands between the tags of `element` in the configuration of `function`.
fn element<'a>(function: Function, element: &str) -> &'a str {
    let (_, rest) = CONFIG_XML
        .split_once(&format!("<name>{}</name>", function.sql_name()))
        .unwrap();
    let (rest, _) = rest.split_once("</function>").unwrap();
    let (_, rest) = rest.split_once(&format!("<{element}>")).unwrap();
    rest.split_once(&format!("</{element}>")).unwrap().0
}

#[test]
fn the_configuration_names_every_function_once() {
    assert_eq!(CONFIG_XML.matches("<function>").count(), Function::ALL.len());
    for function in Function::ALL {
        let name = format!("<name>{}</name>", function.sql_name());
        let command = format!("<command>kulprit-udf {}</command>", function.command());
        assert_eq!(
            (CONFIG_XML.matches(&name).count(), CONFIG_XML.matches(&command).count()),
            (1, 1),
            "{function:?}"
        );
        assert_eq!(Function::from_command(function.command()), Some(function));
    }
}

#[test]
fn the_configuration_has_the_types_that_are_written() {
    for (function, expected) in [
        (Function::Shape, "UInt64"),
        (Function::ShapeText, "String"),
        (Function::Version, "UInt64"),
    ] {
        assert_eq!(element(function, "return_type"), expected, "{function:?}");
    }
    let changes = element(Function::Changes, "return_type");
    assert!(
        changes.starts_with("Array(Tuple(place UInt64, service String, "),
        "{changes}"
    );
    assert!(!CONFIG_XML.contains("{{"));
}

#[test]
fn every_column_of_changes_has_a_name_of_its_own_and_a_meaning() {
    for (index, column) in CHANGES_COLUMNS.iter().enumerate() {
        let others = &CHANGES_COLUMNS[index + 1..];
        assert!(others.iter().all(|other| other.name != column.name), "{}", column.name);
        assert!(column.meaning.ends_with('.'), "{}: {:?}", column.name, column.meaning);
    }
}
