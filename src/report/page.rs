//! The templates, and what keeps data from becoming markup.
//!
//! Everything that a template writes goes through [`write`]: what would turn or order the text around it is taken out, and then it is escaped.
//! No template marks a value as safe. The policy lets a browser run nothing and load nothing, whatever slips through.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use minijinja::value::{Serde, ValueKind};
use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior, Value, escape_formatter};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::text::without_orders;
use crate::{Error, Result};

const STYLE: &str = include_str!("templates/style.css");

/// What a browser may do with the page: show it in its own style, and send its form back.
pub static POLICY: LazyLock<String> = LazyLock::new(|| format!("{}; frame-ancestors 'none'", *POLICY_OF_FILE));

/// The same for a file, whose policy stands in itself, where nothing can be said about frames.
static POLICY_OF_FILE: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'")
});

static TEMPLATES: LazyLock<std::result::Result<Environment<'static>, minijinja::Error>> = LazyLock::new(environment);

fn environment() -> std::result::Result<Environment<'static>, minijinja::Error> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_auto_escape_callback(|_| AutoEscape::Html);
    templates.set_formatter(write);
    templates.add_global("style", Value::from_safe_string(STYLE.to_owned()));
    templates.add_global("policy", POLICY_OF_FILE.as_str());
    for (name, text) in [
        ("frame.html", include_str!("templates/frame.html")),
        ("macros.html", include_str!("templates/macros.html")),
        ("form.html", include_str!("templates/form.html")),
        ("page.html", include_str!("templates/page.html")),
        ("services.html", include_str!("templates/services.html")),
        ("log_changes.html", include_str!("templates/log_changes.html")),
        ("root_cause.html", include_str!("templates/root_cause.html")),
        ("topology.html", include_str!("templates/topology.html")),
        ("incidents.html", include_str!("templates/incidents.html")),
        ("refused.html", include_str!("templates/refused.html")),
        ("failure.html", include_str!("templates/failure.html")),
    ] {
        templates.add_template(name, text)?;
    }
    Ok(templates)
}

/// A value as the page shows it.
fn write(out: &mut Output, state: &mut State, value: &Value) -> std::result::Result<(), minijinja::Error> {
    match value.as_str() {
        Some(text) if value.kind() == ValueKind::String && !value.is_safe() => {
            escape_formatter(out, state, &Value::from(without_orders(text).into_owned()))
        }
        _ => escape_formatter(out, state, value),
    }
}

pub(super) fn render(name: &str, context: impl Serialize) -> Result<String> {
    let broken = |error: &minijinja::Error| Error::internal(format_args!("the page's template is wrong: {error:#}"));
    let templates = TEMPLATES.as_ref().map_err(broken)?;
    let template = templates.get_template(name).map_err(|error| broken(&error))?;
    template.render(Serde(context)).map_err(|error| broken(&error))
}

/// The page for an error before anything was asked. `request_id` is the one in the log.
pub fn failure(error: &Error, request_id: &str) -> Result<String> {
    render(
        "failure.html",
        minijinja::context! {
            name => error.name(), message => error.public_message(), code => error.status(), request_id => request_id,
        },
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn no_template_lets_anything_through_unescaped() {
        let templates = TEMPLATES.as_ref().unwrap();
        for (name, template) in templates.templates() {
            let text = template.source();
            for word in ["|safe", "| safe", "autoescape", "<script", " style=\"", " onclick"] {
                assert!(!text.contains(word), "{name} has {word:?}");
            }
        }
    }

    #[test]
    fn the_policy_knows_the_style_of_the_page() {
        let page = failure(&Error::NotFound("nothing".to_owned()), "id").unwrap();
        let style = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        let hash = BASE64_STANDARD.encode(Sha256::digest(style.as_bytes()));
        assert!(POLICY.contains(&format!("'sha256-{hash}'")), "{}", *POLICY);
    }
}
