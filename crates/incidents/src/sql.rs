//! The statements of the incident store, compiled into the binary: files under `sql/incidents/`, values bound as `:name`.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error as TemplateError, ErrorKind, UndefinedBehavior};
use serde::Serialize;

use crate::{Error, Result};

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        /// Each file under `sql/incidents/` by its name. One that begins with `_` is a part of others.
        pub const FILES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../sql/incidents/", $name, ".sql")))),*];
    };
}

files![
    "_incident_columns",
    "durations",
    "find",
    "forget_keys",
    "hide_incident",
    "history",
    "ids_like",
    "incident_count",
    "insert_completed_snapshot",
    "insert_event",
    "insert_incident",
    "insert_key",
    "insert_label",
    "insert_pending_snapshot",
    "insert_service",
    "insert_snapshot",
    "insert_token",
    "insert_words",
    "key_used",
    "last_of_alert",
    "list",
    "note_token_use",
    "pending_snapshots",
    "put_off_snapshot",
    "remove_labels",
    "remove_pending_snapshot",
    "revoke_token",
    "select_one",
    "snapshot",
    "token",
    "tokens",
    "update_incident",
    "update_patterns",
    "update_words",
];

static TEMPLATES: LazyLock<Result<Environment<'static>, TemplateError>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .keep_trailing_newline(true)
            .build()?,
    );
    // Only text that this program marked as safe may be written into a statement; everything else is bound.
    templates.set_formatter(|out, _, value| {
        if value.is_safe() {
            return write!(out, "{value}").map_err(TemplateError::from);
        }
        Err(TemplateError::new(
            ErrorKind::InvalidOperation,
            "values are bound, not written",
        ))
    });
    templates.remove_filter("safe");
    for (name, source) in FILES {
        templates.add_template_owned(format!("{name}.sql"), *source)?;
    }
    Ok(templates)
});

/// The text of the statement `name`, whose structure does not vary.
pub fn text(name: &str) -> Result<String> {
    render(name, &())
}

/// The text of the statement `name` with the structure that `options` choose.
pub fn render(name: &str, options: &impl Serialize) -> Result<String> {
    let failed = |error: &TemplateError| Error::Store(format!("sql/incidents/{name}: {error:#}"));
    let templates = TEMPLATES.as_ref().map_err(failed)?;
    templates
        .get_template(&format!("{name}.sql"))
        .and_then(|template| template.render(Serde(options)))
        .map_err(|error| failed(&error))
}
