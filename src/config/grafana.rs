//! `[grafana]`: where the links of an answer lead.

use serde::Deserialize;

/// `[grafana]`: where people look further. A data source without a uid gets no links.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grafana {
    /// Such as `https://grafana.example.com`.
    pub url: String,
    pub org_id: u32,
    pub tempo_uid: String,
    pub loki_uid: String,
    pub clickhouse_uid: String,
}

impl Default for Grafana {
    fn default() -> Self {
        Self {
            url: String::new(),
            org_id: 1,
            tempo_uid: String::new(),
            loki_uid: String::new(),
            clickhouse_uid: String::new(),
        }
    }
}
