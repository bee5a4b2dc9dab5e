//! Which log streams a metric of a panel stands for.

use std::collections::BTreeMap;

use clickhouse::Row;
use serde::Deserialize;

use crate::Result;
use kulprit_clickhouse::{Options, Statement};

/// The panel's metric, as the hover panel names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Metric {
    pub org: String,
    pub dashboard: String,
    pub panel_title: String,
    pub metric_name: String,
}

/// A row of the mapping.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct LogStreams {
    pub is_org_wide: bool,
    pub services: Vec<String>,
    pub attributes: Vec<(String, String)>,
}

impl Metric {
    /// No panel's metric: only what is stated about the whole org fits it.
    pub fn of_org(org: &str) -> Self {
        Self {
            org: org.to_owned(),
            dashboard: String::new(),
            panel_title: String::new(),
            metric_name: String::new(),
        }
    }

    /// The statement that finds the metric's own row and the org's.
    pub fn statement(&self) -> Result<Statement> {
        let params = [
            ("org", self.org.as_str().into()),
            ("dashboard", self.dashboard.as_str().into()),
            ("panel_title", self.panel_title.as_str().into()),
            ("metric_name", self.metric_name.as_str().into()),
        ];
        Statement::query("scope/log_streams", &Options::default(), params)
    }
}

/// The services that a label in the metric's name states: `requests{service="checkout"}`, also `service_name`, `service.name` and
/// `ServiceName`, and `=~"a|b"` where the alternatives are plain names.
pub fn services_in_name(metric_name: &str) -> Vec<String> {
    labels(metric_name)
        .into_iter()
        .filter(|(label, _)| {
            matches!(
                label.as_str(),
                "service" | "service_name" | "service.name" | "ServiceName"
            )
        })
        .flat_map(|(_, value)| value.split('|').map(str::to_owned).collect::<Vec<_>>())
        .filter(|service| !service.is_empty())
        .collect()
}

/// The `label="value"` and `label=~"value"` pairs between the braces of a series name.
fn labels(metric_name: &str) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let Some((_, mut rest)) = metric_name.split_once('{') else {
        return labels;
    };
    while let Some((label, after)) = rest.split_once('=') {
        let after = after.trim_start_matches('~').trim_start();
        let Some(quoted) = after.strip_prefix('"') else { break };
        let Some((value, tail)) = quoted.split_once('"') else {
            break;
        };
        let label = label.trim_matches([' ', ',', '"']);
        if !label.ends_with('!') {
            labels.insert(label.to_owned(), value.to_owned());
        }
        rest = tail;
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_label_in_the_metrics_name_states_the_scope() {
        for (name, want) in [
            ("A-series", vec![]),
            ("http_requests_total{service=\"checkout\"}", vec!["checkout"]),
            ("{service=\"checkout\"}", vec!["checkout"]),
            ("rate{code=\"500\", service_name=\"a b\"}", vec!["a b"]),
            ("rate{service=~\"cart|pay\"}", vec!["cart", "pay"]),
            ("rate{service!=\"cart\"}", vec![]),
            ("rate{service=\"", vec![]),
            ("rate{=\"x\"", vec![]),
            ("{", vec![]),
        ] {
            assert_eq!(services_in_name(name), want, "{name}");
        }
    }
}
