//! What the configuration says of requests: which are left out, which are streams, and which codes are failures. Statements, and the view that
//! counts what arrives, are rendered by it.

use std::collections::BTreeMap;
use std::fmt;

use kulprit_request::{Error, Result};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::Metrics;

/// By what rules requests are counted: `[requests]` and `[metrics]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Rules {
    pub requests: Requests,
    pub metrics: Metrics,
}

/// `[requests]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Requests {
    /// Requests that count nowhere.
    pub ignore: Vec<Selector>,
    /// Requests that last as long as somebody listens: they count, how long they take does not.
    pub streams: Vec<Selector>,
    /// Codes that are failures, whatever the rules say: `429`, `4xx`, `NOT_FOUND`.
    pub failures: Vec<String>,
    /// Codes that are none.
    pub successes: Vec<String>,
}

/// Requests that have all of what is named. `*` stands for any text; what is empty is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Selector {
    pub service: String,
    /// The route, the path, or the name of the span.
    pub route: String,
    /// Of HTTP or RPC.
    pub method: String,
    pub user_agent: String,
    /// Of the request or its resource.
    pub attributes: BTreeMap<String, String>,
}

/// What probes and scrapers ask for.
const IGNORED: &[&str] = &[
    "/health",
    "/healthz",
    "/healthcheck",
    "/health/live",
    "/health/ready",
    "/ready",
    "/readyz",
    "/live",
    "/livez",
    "/metrics",
    "/-/healthy",
    "/-/ready",
    "/actuator/health*",
    "/actuator/prometheus",
    "grpc.health.v1.Health/*",
];
/// What is open for as long as somebody listens, where its attributes do not say so.
const STREAMS: &[&str] = &[
    "/socket.io/*",
    "/sockjs/*",
    "/signalr/*",
    "/ws",
    "/ws/*",
    "*/websocket",
    "/sse",
    "/sse/*",
];

/// gRPC's codes, by number.
const GRPC: [&str; 17] = [
    "ok",
    "cancelled",
    "unknown",
    "invalidargument",
    "deadlineexceeded",
    "notfound",
    "alreadyexists",
    "permissiondenied",
    "resourceexhausted",
    "failedprecondition",
    "aborted",
    "outofrange",
    "unimplemented",
    "internal",
    "unavailable",
    "dataloss",
    "unauthenticated",
];

impl Default for Requests {
    fn default() -> Self {
        let routes = |routes: &[&str]| routes.iter().map(|route| Selector::route(route)).collect();
        Self {
            ignore: routes(IGNORED),
            streams: routes(STREAMS),
            failures: vec![],
            successes: vec![],
        }
    }
}

impl Requests {
    /// Errors name the key.
    pub fn check(&self) -> Result<()> {
        for (name, selectors) in [("ignore", &self.ignore), ("streams", &self.streams)] {
            for (index, selector) in selectors.iter().enumerate() {
                if *selector == Selector::default() {
                    return Err(Error::field(
                        format!("requests.{name}[{index}]"),
                        "says nothing, so that it would mean every request: name a route, user_agent, method, service or attributes",
                    ));
                }
            }
        }
        for (name, codes) in [("failures", &self.failures), ("successes", &self.successes)] {
            for (index, code) in codes.iter().enumerate() {
                if http_pattern(code).is_none() && grpc_forms(code).is_empty() {
                    return Err(Error::field(
                        format!("requests.{name}[{index}]"),
                        format!(
                            "{code:?} is no code: give one of HTTP such as \"429\" or \"4xx\", or of gRPC such as \"NOT_FOUND\""
                        ),
                    ));
                }
            }
        }
        Ok(())
    }
}

impl Selector {
    pub fn route(route: &str) -> Self {
        Self {
            route: route.to_owned(),
            ..Self::default()
        }
    }
}

/// A text is a route; a table names what it is about.
impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct Table {
            service: String,
            route: String,
            method: String,
            user_agent: String,
            attributes: BTreeMap<String, String>,
        }
        struct RouteOrTable;
        impl<'de> Visitor<'de> for RouteOrTable {
            type Value = Selector;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a route such as \"/healthz\", or a table such as { user_agent = \"kube-probe/*\" }")
            }

            fn visit_str<E: de::Error>(self, route: &str) -> std::result::Result<Selector, E> {
                Ok(Selector::route(route))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<Selector, A::Error> {
                let Table {
                    service,
                    route,
                    method,
                    user_agent,
                    attributes,
                } = Table::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Selector {
                    service,
                    route,
                    method,
                    user_agent,
                    attributes,
                })
            }
        }
        deserializer.deserialize_any(RouteOrTable)
    }
}

/// The regular expression of a text in which `*` stands for any text.
pub(super) fn whole(glob: &str) -> String {
    format!("^{}$", within_line(glob))
}

/// The same without regard to case.
pub(super) fn whole_of_any_case(glob: &str) -> String {
    format!("(?i){}", whole(glob))
}

/// The regular expression that finds one of some routes in lines, each a route, a path, a URL or the name of a span.
pub(super) fn line_of_route(routes: &[String]) -> String {
    let routes: Vec<String> = routes
        .iter()
        .map(|route| {
            // The name of a span for RPC begins with the service, its path with a slash.
            let slash = if route.starts_with(['/', '*']) { "" } else { "/?" };
            format!("{slash}{}", within_line(route.trim_end_matches('/')))
        })
        .collect();
    format!(
        "(?:^|\\n)(?:HTTP )?(?:[A-Z]+ )?(?:[a-z]+://[^/\\n]*)?(?:{})/?(?:[?#][^\\n]*)?(?:\\n|$)",
        routes.join("|")
    )
}

/// The regular expression of those of `codes` that are HTTP's; empty for none.
pub(super) fn http_codes(codes: &[String]) -> String {
    let patterns: Vec<String> = codes.iter().filter_map(|code| http_pattern(code)).collect();
    match patterns.is_empty() {
        true => String::new(),
        false => format!("^({})$", patterns.join("|")),
    }
}

/// Those of `codes` that are gRPC's, in every form in which they are told.
pub(super) fn grpc_codes(codes: &[String]) -> Vec<String> {
    codes.iter().flat_map(|code| grpc_forms(code)).collect()
}

/// `429` or `4xx`. A metric may know no more than the class.
fn http_pattern(code: &str) -> Option<String> {
    let code = code.to_ascii_lowercase();
    let [class @ b'1'..=b'5', rest @ ..] = code.as_bytes() else {
        return None;
    };
    match rest {
        b"xx" => Some(format!("{0}[0-9][0-9]|{0}xx|{0}XX", char::from(*class))),
        [tens, ones] if tens.is_ascii_digit() && ones.is_ascii_digit() => Some(code),
        _ => None,
    }
}

/// Number and name, as statements compare them: small letters without underscores.
fn grpc_forms(code: &str) -> Vec<String> {
    let name = code
        .to_ascii_lowercase()
        .replace('_', "")
        .replace("canceled", "cancelled");
    let Some(number) = GRPC.iter().position(|known| *known == name) else {
        return vec![];
    };
    let mut forms = vec![number.to_string(), name.clone()];
    if name == "cancelled" {
        forms.push("canceled".to_owned());
    }
    forms
}

/// `glob` as a regular expression that stays within a line.
fn within_line(glob: &str) -> String {
    let mut pattern = String::new();
    for letter in glob.chars() {
        match letter {
            '*' => pattern.push_str("[^\\n]*"),
            '\n' => pattern.push_str("\\n"),
            letter if letter.is_ascii() && !letter.is_ascii_alphanumeric() => {
                pattern.push('\\');
                pattern.push(letter);
            }
            letter => pattern.push(letter),
        }
    }
    pattern
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart_and_a_wrong_one_is_named() {
        let codes: Vec<String> = ["429", "5xx", "NOT_FOUND", "canceled"].map(str::to_owned).to_vec();
        assert_eq!(http_codes(&codes), "^(429|5[0-9][0-9]|5xx|5XX)$");
        assert_eq!(grpc_codes(&codes), ["5", "notfound", "1", "cancelled", "canceled"]);
        for wrong in ["", "42", "999", "4x", "NO_SUCH", "14"] {
            let requests = Requests {
                failures: vec!["503".to_owned(), wrong.to_owned()],
                ..Requests::default()
            };
            let message = requests.check().unwrap_err().to_string();
            assert!(message.contains("requests.failures[1]"), "{message}");
        }
        Requests::default().check().unwrap();
    }

    #[test]
    fn a_rule_that_would_mean_every_request_is_refused() {
        let requests = Requests {
            ignore: vec![Selector::default()],
            ..Requests::default()
        };
        let message = requests.check().unwrap_err().to_string();
        assert!(message.contains("requests.ignore[0]"), "{message}");
    }

    #[test]
    fn nothing_in_a_rule_is_more_than_text_but_the_star() {
        assert_eq!(whole("a.b*(c)"), "^a\\.b[^\\n]*\\(c\\)$");
        let routes = [String::from("/healthz/"), String::from("grpc.health.v1.Health/*")];
        assert!(line_of_route(&routes).contains("(?:\\/healthz|/?grpc\\.health\\.v1\\.Health\\/[^\\n]*)"));
    }
}
