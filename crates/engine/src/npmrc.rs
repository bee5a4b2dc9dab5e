//! The user's npm settings, as far as they say where a package comes from: environment, project, user and global `.npmrc`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const PUBLIC_REGISTRY: &str = "https://registry.npmjs.org/";
const SCOPE: &str = "@chdb";

/// Where packages of the engine's scope are fetched from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registry {
    /// Base address with a slash at the end.
    pub url: String,
    /// Value of the `Authorization` header for requests to that address.
    pub authorization: Option<String>,
    /// Root certificates (PEM) to trust besides those of the system.
    pub cafile: Option<PathBuf>,
}

impl Registry {
    /// Reads the environment and the `.npmrc` files, in npm's order of precedence.
    pub fn from_user_settings() -> Self {
        let environment = Settings::from_environment(
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        );
        let home = std::env::home_dir();
        let user_file = environment
            .get("userconfig")
            .map(PathBuf::from)
            .or(home.map(|home| home.join(".npmrc")));
        let global_file = environment.get("globalconfig").map(PathBuf::from);
        let files = [Some(PathBuf::from(".npmrc")), user_file, global_file];
        let mut layers = vec![environment];
        layers.extend(files.iter().flatten().filter_map(|path| Settings::from_file(path)));
        Self::from_layers(&layers)
    }

    /// A scope's own registry wins over the general one, whichever layer names it: as npm does.
    fn from_layers(layers: &[Settings]) -> Self {
        let first = |key: &str| layers.iter().find_map(|layer| layer.get(key)).map(str::to_owned);
        let mut url = first(&format!("{SCOPE}:registry"))
            .or_else(|| first("registry"))
            .unwrap_or_else(|| PUBLIC_REGISTRY.to_owned());
        if !url.ends_with('/') {
            url.push('/');
        }
        // Credentials are kept under the address without its scheme, or under a parent path of it.
        let bare = url.split_once(':').map_or(url.as_str(), |(_, rest)| rest);
        let authorization = ancestors(bare).find_map(|base| {
            first(&format!("{base}:_authToken"))
                .map(|token| format!("Bearer {token}"))
                .or_else(|| first(&format!("{base}:_auth")).map(|pair| format!("Basic {pair}")))
        });
        Self {
            url,
            authorization,
            cafile: first("cafile").map(PathBuf::from),
        }
    }
}

/// `//host/a/b/` → `//host/a/b/`, `//host/a/`, `//host/`.
fn ancestors(bare: &str) -> impl Iterator<Item = &str> {
    let host_end = bare
        .get(2..)
        .and_then(|rest| rest.find('/'))
        .map_or(bare.len(), |at| at + 2);
    bare.match_indices('/')
        .map(|(at, _)| at)
        .filter(move |at| *at >= host_end)
        .map(|at| &bare[..=at])
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
}

/// One layer of settings: key → value, both as npm spells them.
#[derive(Debug, Default)]
struct Settings(BTreeMap<String, String>);

impl Settings {
    /// npm reads `npm_config_<key>` in any case; an underscore inside stands for a dash.
    fn from_environment(variables: impl Iterator<Item = (String, String)>) -> Self {
        const PREFIX: &str = "npm_config_";
        let entries = variables.filter_map(|(name, value)| {
            let is_ours = name.get(..PREFIX.len())?.eq_ignore_ascii_case(PREFIX) && !value.is_empty();
            let key = &name[PREFIX.len()..];
            // Keys of a registry or scope carry case and underscores of their own.
            let key = if key.contains(['/', '@']) {
                key.to_owned()
            } else {
                key.to_ascii_lowercase()
            };
            is_ours.then_some((key, value))
        });
        Self(entries.collect())
    }

    fn from_file(path: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(path).ok()?;
        Some(Self::parse(&text, |name| std::env::var(name).ok()))
    }

    fn parse(text: &str, variable: impl Fn(&str) -> Option<String>) -> Self {
        let entries = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with(['#', ';']))
            .filter_map(|line| {
                let (key, value) = line.split_once('=')?;
                let value = value.trim().trim_matches('"');
                Some((key.trim().to_owned(), expand(value, &variable))).filter(|(_, value)| !value.is_empty())
            });
        Self(entries.collect())
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }
}

/// Replaces `${NAME}` by the environment variable; an unknown one stays as it is, as in npm.
fn expand(value: &str, variable: &impl Fn(&str) -> Option<String>) -> String {
    let mut expanded = String::new();
    let mut rest = value;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        let name = &rest[start + 2..start + length];
        expanded.push_str(&rest[..start]);
        match variable(name) {
            Some(found) => expanded.push_str(&found),
            None => expanded.push_str(&rest[start..=start + length]),
        }
        rest = &rest[start + length + 1..];
    }
    expanded + rest
}

#[cfg(test)]
mod tests {
    use super::{PUBLIC_REGISTRY, Registry, Settings};

    fn layers(environment: &[(&str, &str)], files: &[&str]) -> Registry {
        let pairs = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut layers = vec![Settings::from_environment(pairs)];
        let variable = |name: &str| (name == "TOKEN").then(|| "s3cret".to_owned());
        layers.extend(files.iter().map(|text| Settings::parse(text, variable)));
        Registry::from_layers(&layers)
    }

    #[test]
    fn without_settings_it_is_the_public_registry() {
        let registry = layers(
            &[("PATH", "/bin"), ("npm_config_registry", "")],
            &["", "# registry=https://no.example/\n"],
        );
        assert_eq!(
            registry,
            Registry {
                url: PUBLIC_REGISTRY.to_owned(),
                authorization: None,
                cafile: None
            }
        );
    }

    #[test]
    fn the_environment_wins_over_files_and_the_project_over_the_user() {
        let files = [
            "registry = https://project.example/npm",
            "registry=https://user.example/",
        ];
        assert_eq!(layers(&[], &files).url, "https://project.example/npm/");
        assert_eq!(
            layers(&[("NPM_CONFIG_REGISTRY", "https://env.example")], &files).url,
            "https://env.example/"
        );
    }

    #[test]
    fn the_scopes_own_registry_wins_over_every_general_one() {
        let registry = layers(
            &[("npm_config_registry", "https://env.example/")],
            &[
                "registry=https://project.example/",
                "@chdb:registry=https://scope.example/x/\n@other:registry=https://o/",
            ],
        );
        assert_eq!(registry.url, "https://scope.example/x/");
    }

    #[test]
    fn a_token_is_sent_to_its_own_registry_only() {
        let file =
            "registry=https://one.example/a/b/\n//one.example/a/:_authToken=${TOKEN}\n//two.example/:_authToken=x\n";
        assert_eq!(layers(&[], &[file]).authorization.as_deref(), Some("Bearer s3cret"));
        let elsewhere = [("npm_config_registry", "https://three.example/")];
        assert_eq!(layers(&elsewhere, &[file]).authorization, None);
        let basic = "registry=https://one.example\n//one.example/:_auth=\"dTpw\"\ncafile=/etc/ca.pem";
        let registry = layers(&[], &[basic]);
        assert_eq!(registry.authorization.as_deref(), Some("Basic dTpw"));
        assert_eq!(registry.cafile.as_deref(), Some(std::path::Path::new("/etc/ca.pem")));
    }
}
