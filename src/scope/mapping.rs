//! A row of `metric_log_streams`: which log streams stand behind a metric of a panel, or behind a whole org.

use std::collections::BTreeMap;

use clickhouse::Row;
use serde::{Deserialize, Serialize};

use super::metric::Metric;
use crate::{Error, Result};
use kulprit_clickhouse::{Options, Statement};
use kulprit_request::{Asked, Known, ValueKind};

const MOST_ATTRIBUTES: usize = 20;

/// What a metric of a panel stands for. With dashboard, panel and metric empty: the whole org.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Mapping {
    pub org: String,
    pub dashboard: String,
    pub panel_title: String,
    pub metric_name: String,
    /// None means all services of the org that carry the attributes.
    pub services: Vec<String>,
    pub attributes: BTreeMap<String, String>,
}

/// A mapping as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct MappingRow {
    pub org: String,
    pub dashboard: String,
    pub panel_title: String,
    pub metric_name: String,
    pub services: Vec<String>,
    pub attributes: Vec<(String, String)>,
}

impl Mapping {
    /// What the body of a `PUT` may hold.
    pub const FIELDS: &[Known] = &[
        Known::text("org", "Whose mapping it is").needed(),
        Known::text(
            "dashboard",
            "With panel_title and metric_name: the metric of a panel; without all three: the whole org",
        ),
        Known::text("panel_title", "The panel"),
        Known::text("metric_name", "The metric"),
        Known::text("services", "The services that stand behind it").of(ValueKind::Texts),
        Known::text("attributes", "Attributes that a line must carry").of(ValueKind::Pairs),
    ];

    /// Checks the body of a `PUT`.
    pub fn new(body: &Asked) -> Result<Self> {
        let metric = key(
            body.text("org")?,
            body.text_or_empty("dashboard")?,
            body.text_or_empty("panel_title")?,
            body.text_or_empty("metric_name")?,
        )?;
        let services = body.services()?;
        let attributes: BTreeMap<_, _> = body.pairs("attributes", MOST_ATTRIBUTES)?.into_iter().collect();
        if services.is_empty() && attributes.is_empty() {
            return Err(Error::field(
                "services",
                "is empty: name at least one service or attribute",
            ));
        }
        Ok(Self {
            org: metric.org,
            dashboard: metric.dashboard,
            panel_title: metric.panel_title,
            metric_name: metric.metric_name,
            services,
            attributes,
        })
    }

    pub fn is_of(&self, key: &Metric) -> bool {
        (&self.org, &self.dashboard, &self.panel_title, &self.metric_name)
            == (&key.org, &key.dashboard, &key.panel_title, &key.metric_name)
    }

    /// The statement that stores the mapping in place of the one before it.
    pub fn put(&self) -> Result<Statement> {
        let (keys, values): (Vec<_>, Vec<_>) = self.attributes.clone().into_iter().unzip();
        let params = [
            ("org", self.org.as_str().into()),
            ("dashboard", self.dashboard.as_str().into()),
            ("panel_title", self.panel_title.as_str().into()),
            ("metric_name", self.metric_name.as_str().into()),
            ("services", self.services.clone().into()),
            ("attribute_keys", keys.into()),
            ("attribute_values", values.into()),
        ];
        Statement::query("scope/put_mapping", &Options::default(), params)
    }
}

impl From<MappingRow> for Mapping {
    fn from(row: MappingRow) -> Self {
        Self {
            org: row.org,
            dashboard: row.dashboard,
            panel_title: row.panel_title,
            metric_name: row.metric_name,
            services: row.services,
            attributes: row.attributes.into_iter().collect(),
        }
    }
}

/// The key of a mapping: a metric of a panel, or an org with the other three left empty.
pub fn key(org: String, dashboard: String, panel_title: String, metric_name: String) -> Result<Metric> {
    if org.trim().is_empty() {
        return Err(Error::field("org", "is missing: name the organisation"));
    }
    let parts = [
        ("dashboard", &dashboard),
        ("panel_title", &panel_title),
        ("metric_name", &metric_name),
    ];
    let empty: Vec<_> = parts.iter().filter(|(_, value)| value.trim().is_empty()).collect();
    if let [(name, _), ..] = empty.as_slice()
        && empty.len() < parts.len()
    {
        return Err(Error::field(
            *name,
            "is empty: give dashboard, panel_title and metric_name, or none of them for the services of the whole org",
        ));
    }
    Ok(Metric {
        org,
        dashboard,
        panel_title,
        metric_name,
    })
}

/// The statement that lists an org's mappings.
pub fn list(org: &str) -> Result<Statement> {
    Statement::query("scope/mappings", &Options::default(), [("org", org.into())])
}

/// The statement that takes a mapping back.
pub fn delete(key: &Metric) -> Result<Statement> {
    let params = [
        ("org", key.org.as_str().into()),
        ("dashboard", key.dashboard.as_str().into()),
        ("panel_title", key.panel_title.as_str().into()),
        ("metric_name", key.metric_name.as_str().into()),
    ];
    Statement::query("scope/delete_mapping", &Options::default(), params)
}
