//! Deep links into Grafana Explore.

use serde::Serialize;
use serde_json::{Value, json};

use kulprit_request::Window;

use crate::config::Grafana;

/// A link to one data source, in both notations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Link {
    /// `tempo`, `loki` or `clickhouse`.
    pub name: &'static str,
    /// For Grafana 10 and later (`panes`).
    pub url: String,
    /// For Grafana 9 and earlier (`left`).
    pub url_left: String,
}

/// The links of a trace. `panel_sql` is what the ClickHouse data source is to run.
pub fn trace_links(grafana: &Grafana, trace_id: &str, within: Window, panel_sql: &str) -> Vec<Link> {
    let line_filter = serde_json::to_string(trace_id).unwrap_or_default();
    let sources = [
        (
            "tempo",
            "tempo",
            &grafana.tempo_uid,
            json!({ "queryType": "traceql", "query": trace_id }),
        ),
        (
            "loki",
            "loki",
            &grafana.loki_uid,
            // Loki takes no query without a label that matches something.
            json!({ "queryType": "range", "editorMode": "code", "expr": format!("{{service_name=~\".+\"}} |= {line_filter}") }),
        ),
        (
            "clickhouse",
            "grafana-clickhouse-datasource",
            &grafana.clickhouse_uid,
            // 3: draw the rows as a trace.
            json!({ "editorType": "sql", "queryType": "traces", "format": 3, "rawSql": panel_sql }),
        ),
    ];
    sources
        .into_iter()
        .filter(|(_, _, uid, _)| !grafana.url.is_empty() && !uid.is_empty())
        .map(|(name, kind, uid, query)| link(grafana, name, (kind, uid), query, within))
        .collect()
}

fn link(grafana: &Grafana, name: &'static str, source: (&str, &str), mut query: Value, within: Window) -> Link {
    let (kind, uid) = source;
    query["refId"] = json!("A");
    query["datasource"] = json!({ "type": kind, "uid": uid });
    let pane = json!({
        "datasource": uid,
        "queries": [query],
        "range": {
            "from": within.from.as_millisecond().to_string(),
            "to": within.to.as_millisecond().to_string(),
        },
    });
    let base = format!("{}/explore?orgId={}", grafana.url.trim_end_matches('/'), grafana.org_id);
    let panes = json!({ "kulprit": pane }).to_string();
    Link {
        name,
        url: format!("{base}&schemaVersion=1&panes={}", percent_encoded(&panes)),
        url_left: format!("{base}&left={}", percent_encoded(&pane.to_string())),
    }
}

/// All but the unreserved characters of RFC 3986.
fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Value {
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            if *first == b'%' {
                bytes.push(u8::from_str_radix(std::str::from_utf8(&rest[..2]).unwrap(), 16).unwrap());
                rest = &rest[2..];
            } else {
                bytes.push(*first);
            }
        }
        serde_json::from_slice(&bytes).unwrap()
    }

    #[test]
    fn links_hold_the_panes_and_the_older_left_in_json() {
        let grafana = Grafana {
            url: "https://grafana.example.com/sub/".to_owned(),
            tempo_uid: "T1".to_owned(),
            clickhouse_uid: "C1".to_owned(),
            ..Grafana::default()
        };
        let within = Window {
            from: "2026-01-31T10:00:00Z".parse().unwrap(),
            to: "2026-01-31T10:01:00Z".parse().unwrap(),
        };
        let links = trace_links(&grafana, "a\"b & c+é", within, "SELECT 1");
        assert_eq!(
            links.iter().map(|link| link.name).collect::<Vec<_>>(),
            ["tempo", "clickhouse"]
        );
        let (base, panes) = links[0].url.split_once("&panes=").unwrap();
        assert_eq!(base, "https://grafana.example.com/sub/explore?orgId=1&schemaVersion=1");
        assert!(
            panes
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte))
        );
        let pane = &decoded(panes)["kulprit"];
        assert_eq!(pane["queries"][0]["query"], "a\"b & c+é");
        assert_eq!(
            pane["queries"][0]["datasource"],
            json!({ "type": "tempo", "uid": "T1" })
        );
        assert_eq!(pane["range"], json!({ "from": "1769853600000", "to": "1769853660000" }));
        let (_, left) = links[1].url_left.split_once("&left=").unwrap();
        assert_eq!(decoded(left)["queries"][0]["rawSql"], "SELECT 1");
        assert!(trace_links(&Grafana::default(), "x", within, "").is_empty());
    }
}
