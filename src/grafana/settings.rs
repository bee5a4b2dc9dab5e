//! What the plugin is configured to in Grafana: its JSON and its secrets, as a configuration of Kulprit's.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Result as AnyResult;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::messages::PluginContext;
use crate::config::Config;
use crate::{Error, Result};

/// What may be set from Grafana: nothing that names a file or a program of its machine, and nothing about who is let in.
const SECTIONS: [(&str, &[&str]); 11] = [
    ("server", &["relative_change", "query_timeout_seconds", "max_requests"]),
    ("clickhouse", &["cluster"]),
    ("logs", &[]),
    ("retention", &[]),
    ("rollup", &[]),
    ("analysis", &[]),
    ("requests", &[]),
    ("metrics", &[]),
    ("patterns", &[]),
    ("slo", &[]),
    ("orgs", &[]),
];
/// Set for the links of answers. Which org they lead to is known.
const GRAFANA: (&str, &[&str]) = ("grafana", &["url", "tempo_uid", "loki_uid", "clickhouse_uid"]);

const PASSWORD: &str = "password";

/// The part of the plugin's JSON that is read; Grafana and the pages keep things of their own in it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Json {
    url: Option<String>,
    user: Option<String>,
    database: Option<String>,
    config: Option<Map<String, Value>>,
}

/// The configuration that the settings in `context` come down to. Without a URL the embedded engine serves, in `data`.
pub fn config(context: &PluginContext, data: &Path) -> Result<Config> {
    let empty = HashMap::new();
    let (json, secrets) = match (&context.data_source, &context.app) {
        (Some(source), _) => (source.json.as_slice(), &source.secrets),
        (None, Some(app)) => (app.json.as_slice(), &app.secrets),
        (None, None) => (&[][..], &empty),
    };
    let json: Json = match json {
        [] | b"null" => Json::default(),
        // An object: a list would do for a struct.
        text => serde_json::from_slice::<Map<String, Value>>(text)
            .and_then(|fields| serde_json::from_value(Value::Object(fields)))
            .map_err(|error| wrong(format_args!("jsonData: {error}")))?,
    };
    let sections = json.config.unwrap_or_default();
    check_sections(&sections)?;
    let mut config: Config =
        serde_json::from_value(Value::Object(sections)).map_err(|error| wrong(format_args!("config: {error}")))?;
    let clickhouse = &mut config.clickhouse;
    clickhouse.url = json.url.unwrap_or_default().trim().to_owned();
    let is_http = ["http://", "https://"]
        .iter()
        .any(|start| clickhouse.url.starts_with(start));
    if !clickhouse.url.is_empty() && !is_http {
        return Err(wrong(
            "url: is no HTTP address: give that of ClickHouse's HTTP interface, such as http://localhost:8123, or leave it empty for the embedded engine",
        ));
    }
    clickhouse.user = json.user.unwrap_or_default();
    clickhouse.password = secrets.get(PASSWORD).cloned().unwrap_or_default();
    if let Some(database) = json.database.filter(|name| !name.trim().is_empty()) {
        clickhouse.database = database;
    }
    if let Ok(org) = u32::try_from(context.org_id) {
        config.grafana.org_id = org;
    }
    config.engine.data = Some(data.to_owned());
    config.engine.library = variable(kulprit_engine::LIBRARY_VARIABLE).map(PathBuf::from);
    config.incidents.path = Some(data.join(incidents_file(&config)));
    config.check().map_err(|error| wrong(format_args!("config: {error}")))?;
    Ok(config)
}

/// The incidents of one ClickHouse stand in a file of their own: what is missing in one that was frozen is asked of the ClickHouse that it is
/// about. Two orgs may have two.
fn incidents_file(config: &Config) -> String {
    let clickhouse = &config.clickhouse;
    if clickhouse.url.is_empty() && clickhouse.database == Config::default().clickhouse.database {
        return "incidents.db".to_owned();
    }
    let hash = Sha256::digest(format!("{} {}", clickhouse.url, clickhouse.database));
    let hash: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("incidents-{hash}.db")
}

fn check_sections(sections: &Map<String, Value>) -> Result<()> {
    let known = SECTIONS.into_iter().chain([GRAFANA]).collect::<Vec<_>>();
    for (name, section) in sections {
        let Some((_, keys)) = known.iter().find(|(known, _)| known == name) else {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            return Err(wrong(format_args!(
                "config.{name}: cannot be set in Grafana: the sections that can are {}",
                names.join(", ")
            )));
        };
        let other = section.as_object().into_iter().flat_map(Map::keys);
        if let Some(key) = other
            .into_iter()
            .find(|key| !keys.is_empty() && !keys.contains(&key.as_str()))
        {
            return Err(wrong(format_args!(
                "config.{name}.{key}: cannot be set in Grafana: the keys of {name} that can are {}",
                keys.join(", ")
            )));
        }
    }
    Ok(())
}

fn wrong(what: impl std::fmt::Display) -> Error {
    Error::no_data_source(format!("the plugin's settings: {what}"))
}

/// A variable of the environment, or what Grafana makes of a key in the plugin's section of its own configuration: it hides other
/// variables from plugins.
pub fn variable(name: &str) -> Option<String> {
    let found = std::env::var(name).or_else(|_| std::env::var(format!("GF_PLUGIN_{name}")));
    found.ok().filter(|value| !value.is_empty())
}

/// Where the embedded engine and the incidents are kept: in Grafana's data path where it is known, by name or as the folder that holds
/// the folder of plugins, else in the user's data directory.
pub fn data_directory() -> AnyResult<PathBuf> {
    if let Some(named) = variable("KULPRIT_DATA") {
        return Ok(named.into());
    }
    let program = std::env::current_exe().ok();
    match grafanas(variable("GF_PATHS_DATA").map(PathBuf::from), program.as_deref()) {
        Some(data) => Ok(data.join("kulprit")),
        None => kulprit_engine::default_data_dir(),
    }
}

fn grafanas(named: Option<PathBuf>, program: Option<&Path>) -> Option<PathBuf> {
    named.or_else(|| {
        let plugins = program?.ancestors().find(|folder| folder.ends_with("plugins"))?;
        plugins.parent().map(Path::to_owned)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::messages::{AppSettings, DataSourceSettings};
    use super::*;

    fn of(json: &str) -> Result<Config> {
        let context = PluginContext {
            org_id: 3,
            app: Some(AppSettings {
                json: json.as_bytes().to_vec(),
                secrets: [(PASSWORD.to_owned(), "p".to_owned())].into(),
            }),
            ..PluginContext::default()
        };
        config(&context, Path::new("/data"))
    }

    #[test]
    fn json_and_secrets_make_a_configuration() {
        let config = of(
            r#"{"url":" https://db:8443 ","user":"u","database":"d","logsDataSource":"x",
                "config":{"slo":{"minimum_requests":7},"server":{"relative_change":"percent"}}}"#,
        )
        .unwrap();
        let clickhouse = &config.clickhouse;
        assert_eq!(
            [
                &clickhouse.url,
                &clickhouse.user,
                &clickhouse.password,
                &clickhouse.database
            ],
            ["https://db:8443", "u", "p", "d"]
        );
        assert_eq!(config.slo.minimum_requests, 7);
        assert_eq!(config.server.relative_change.factor(), 100.0);
        assert_eq!(config.grafana.org_id, 3);
        assert_eq!(config.engine.data.as_deref(), Some(Path::new("/data")));
    }

    #[test]
    fn nothing_set_means_the_embedded_engine() {
        assert_eq!(of("").unwrap().incidents.path.unwrap(), Path::new("/data/incidents.db"));
        for json in ["", "null", "{}", r#"{"url":null,"config":null}"#] {
            let config = of(json).unwrap();
            assert_eq!(config.clickhouse.url, "", "{json}");
            assert_eq!(config.clickhouse.database, "default", "{json}");
        }
    }

    #[test]
    fn incidents_of_one_clickhouse_are_not_those_of_another() {
        let path = |json| of(json).unwrap().incidents.path.unwrap();
        let one = path(r#"{"url":"http://a:8123"}"#);
        assert_eq!(one, path(r#"{"url":"http://a:8123","user":"other"}"#));
        assert_ne!(one, path(r#"{"url":"http://a:8123","database":"d"}"#));
        assert_ne!(one, path(r#"{"url":"http://b:8123"}"#));
        assert_ne!(path(r#"{"database":"d"}"#), path("{}"));
    }

    #[test]
    fn the_settings_of_a_data_source_are_its_own() {
        let source = PluginContext {
            app: Some(AppSettings::default()),
            data_source: Some(DataSourceSettings {
                json: br#"{"url":"http://other:8123"}"#.to_vec(),
                ..DataSourceSettings::default()
            }),
            ..PluginContext::default()
        };
        let config = config(&source, Path::new("/data")).unwrap();
        assert_eq!(config.clickhouse.url, "http://other:8123");
        assert_eq!(config.clickhouse.password, "");
    }

    #[test]
    fn what_is_wrong_is_named_and_nothing_of_the_machine_can_be_reached() {
        for (json, named) in [
            ("[]", "jsonData"),
            (r#"{"url":"db:8123"}"#, "url: is no HTTP address"),
            (r#"{"url":7}"#, "jsonData"),
            (r#"{"config":{"engine":{"library":"/tmp/x.so"}}}"#, "config.engine"),
            (r#"{"config":{"auth":"none"}}"#, "config.auth"),
            (r#"{"config":{"incidents":{"path":"/etc/x"}}}"#, "config.incidents"),
            (
                r#"{"config":{"clickhouse":{"password_file":"/etc/shadow"}}}"#,
                "config.clickhouse.password_file",
            ),
            (
                r#"{"config":{"server":{"token_file":"/etc/shadow"}}}"#,
                "config.server.token_file",
            ),
            (r#"{"config":{"slo":{"minimum":7}}}"#, "minimum"),
            (r#"{"config":{"slo":{"minimum_coverage":7}}}"#, "slo.minimum_coverage"),
        ] {
            let error = of(json).unwrap_err();
            assert_eq!(error.status(), 422, "{json}");
            assert!(error.to_string().contains(named), "{json}: {error}");
        }
    }

    #[test]
    fn grafanas_data_path_is_named_or_holds_the_plugins() {
        let program = Path::new("/var/lib/grafana/plugins/kulprit-reliability-app/gpx_kulprit_linux_amd64");
        assert_eq!(grafanas(Some("/data".into()), Some(program)), Some("/data".into()));
        assert_eq!(grafanas(None, Some(program)), Some("/var/lib/grafana".into()));
        assert_eq!(grafanas(None, Some(Path::new("/opt/gpx_kulprit"))), None);
    }
}
