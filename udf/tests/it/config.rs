//! The configuration file and the program must name the same functions.

use kulprit_udf::{CONFIG_XML, Function};

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
