//! A query as the editor writes it.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Refusal;
use crate::grafana::messages::{DataQuery, TimeRange};

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Changes,
    Services,
    Objectives,
    ErrorPatterns,
    Suspects,
    Incidents,
    Onsets,
}

impl Kind {
    /// What its answer over time may hold.
    fn measures(self) -> &'static [&'static str] {
        match self {
            Self::Changes => &["current_rate"],
            Self::Services => &["request_rate", "error_ratio", "p50_ms", "p95_ms"],
            Self::Objectives => &["budget_remaining", "burn_rate", "firing"],
            Self::ErrorPatterns => &["new_patterns", "errors"],
            Self::Suspects => &["score", "confidence"],
            Self::Incidents => &["open_incidents"],
            Self::Onsets => &[],
        }
    }

    const ALL: [(&str, Self); 7] = [
        ("changes", Self::Changes),
        ("services", Self::Services),
        ("objectives", Self::Objectives),
        ("error_patterns", Self::ErrorPatterns),
        ("suspects", Self::Suspects),
        ("incidents", Self::Incidents),
        ("onsets", Self::Onsets),
    ];
}

/// How it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Table,
    Series,
}

impl Format {
    const ALL: [(&str, Self); 2] = [("table", Self::Table), ("time_series", Self::Series)];
}

/// A valid query, but for what the route that answers it refuses.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub kind: Kind,
    pub format: Format,
    /// None means all.
    pub services: Vec<String>,
    pub baseline: Option<String>,
    pub limit: Option<usize>,
    /// Of an answer over time only this one; none means all.
    pub measure: Option<&'static str>,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// What Grafana itself writes into a query.
const GRAFANAS: [&str; 14] = [
    "refId",
    "key",
    "hide",
    "datasource",
    "datasourceId",
    "queryType",
    "intervalMs",
    "maxDataPoints",
    "timeRange",
    "requestId",
    "filters",
    "adhocFilters",
    "scopes",
    "queryCachingTTL",
];
const OURS: [&str; 6] = ["kind", "services", "baseline", "limit", "format", "measure"];
/// The most rows, or series, that an answer holds.
pub const MOST: usize = 1_000;
const MOST_SERVICES: usize = 100;

impl Query {
    /// Errors name the field and say how to mend it.
    pub fn read(query: &DataQuery) -> Result<Self, Refusal> {
        let fields: Map<String, Value> = serde_json::from_slice(&query.json)
            .map_err(|error| Refusal::of(format!("the query is no JSON object: {error}")))?;
        if let Some(unknown) = fields
            .keys()
            .find(|name| !OURS.contains(&name.as_str()) && !is_grafanas(name))
        {
            return Err(field(unknown, format!("is not known: a query has {}", OURS.join(", "))));
        }
        let range = query.range.unwrap_or(TimeRange { from_ms: 0, to_ms: 0 });
        let instant = |milliseconds| {
            Timestamp::from_millisecond(milliseconds)
                .map_err(|_| Refusal::of("the time range is out of all bounds".to_owned()))
        };
        let kind = choice(&fields, "kind", &Kind::ALL)?
            .ok_or_else(|| field("kind", format!("is missing: give {}", names(&Kind::ALL))))?;
        let measures: Vec<_> = kind.measures().iter().map(|name| (*name, *name)).collect();
        Ok(Self {
            kind,
            measure: choice(&fields, "measure", &measures)?,
            format: choice(&fields, "format", &Format::ALL)?.unwrap_or(Format::Table),
            services: services(&fields)?,
            baseline: text(&fields, "baseline")?.map(str::to_owned),
            limit: limit(&fields)?,
            from: instant(range.from_ms)?,
            to: instant(range.to_ms)?,
        })
    }

    /// As many of these as are asked for.
    pub fn first<T>(&self, mut items: Vec<T>) -> Vec<T> {
        items.truncate(self.limit.unwrap_or(MOST));
        items
    }

    pub fn is_series(&self) -> bool {
        self.format == Format::Series
    }
}

fn is_grafanas(name: &str) -> bool {
    GRAFANAS.contains(&name) || name.starts_with('_')
}

fn field(name: &str, message: impl std::fmt::Display) -> Refusal {
    Refusal::of(format!("{name}: {message}"))
}

fn names<T>(choices: &[(&str, T)]) -> String {
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "no such field".to_owned(),
    }
}

fn choice<T: Copy>(fields: &Map<String, Value>, name: &str, choices: &[(&str, T)]) -> Result<Option<T>, Refusal> {
    let Some(given) = text(fields, name)? else {
        return Ok(None);
    };
    let found = choices.iter().find(|(known, _)| *known == given);
    let found = found.ok_or_else(|| field(name, format_args!("{given:?} is none: give {}", names(choices))))?;
    Ok(Some(found.1))
}

/// A text that is not blank; none where it is left out, null or blank, as an editor leaves it.
fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Refusal> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
        Some(_) => Err(field(name, "must be a string")),
    }
}

fn services(fields: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
    const FORM: &str = "must be a list of names";
    let list = match fields.get("services") {
        None | Some(Value::Null) => return Ok(vec![]),
        Some(Value::Array(list)) if list.len() <= MOST_SERVICES => list,
        Some(Value::Array(_)) => {
            return Err(field(
                "services",
                format!("name at most {MOST_SERVICES}, or none for all"),
            ));
        }
        Some(_) => return Err(field("services", FORM)),
    };
    let names = list.iter().map(|name| match name.as_str().map(str::trim) {
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err(field("services", FORM)),
    });
    names.collect()
}

fn limit(fields: &Map<String, Value>) -> Result<Option<usize>, Refusal> {
    let limit = match fields.get("limit") {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => value.as_u64().and_then(|limit| usize::try_from(limit).ok()),
    };
    match limit {
        Some(limit @ 1..=MOST) => Ok(Some(limit)),
        _ => Err(field("limit", format!("must be a whole number from 1 to {MOST}"))),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Query, Refusal> {
        Query::read(&DataQuery {
            ref_id: "A".to_owned(),
            range: Some(TimeRange {
                from_ms: 1_000,
                to_ms: 2_000,
            }),
            json: json.as_bytes().to_vec(),
        })
    }

    #[test]
    fn a_query_is_read_beside_what_grafana_writes_into_it() {
        let query = read(
            r#"{"refId":"A","datasource":{"uid":"k"},"intervalMs":1000,"hide":false,"_x":1,"kind":"changes",
                "services":["cart"," pay "],"baseline":"day","limit":3,"format":"time_series","measure":"current_rate"}"#,
        )
        .unwrap();
        assert_eq!((query.kind, query.is_series()), (Kind::Changes, true));
        assert_eq!(query.services, ["cart", "pay"]);
        assert_eq!((query.baseline.as_deref(), query.limit), (Some("day"), Some(3)));
        assert_eq!(query.from.as_second(), 1);
        let least = read(r#"{"kind":"suspects","baseline":"","limit":null,"services":null}"#).unwrap();
        assert_eq!((least.format, least.baseline, least.limit), (Format::Table, None, None));
        assert!(least.services.is_empty());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (json, said) in [
            ("", "no JSON object"),
            ("[]", "no JSON object"),
            ("{}", "kind: is missing: give changes, "),
            (r#"{"kind":"change"}"#, "kind: \"change\" is none: give changes, "),
            (r#"{"kind":7}"#, "kind: must be a string"),
            (r#"{"kind":"changes","service":"cart"}"#, "service: is not known"),
            (r#"{"kind":"changes","services":"cart"}"#, "services: must be a list"),
            (r#"{"kind":"changes","services":[""]}"#, "services: must be a list"),
            (r#"{"kind":"changes","limit":0}"#, "limit: must be a whole number"),
            (r#"{"kind":"changes","limit":"9"}"#, "limit: must be a whole number"),
            (r#"{"kind":"changes","limit":1001}"#, "limit: must be a whole number"),
            (
                r#"{"kind":"objectives","measure":"burn"}"#,
                "measure: \"burn\" is none: give budget_remaining, burn_rate or firing",
            ),
            (r#"{"kind":"changes","measure":"x"}"#, "none: give current_rate"),
            (r#"{"kind":"onsets","measure":"x"}"#, "none: give no such field"),
            (
                r#"{"kind":"changes","format":"csv"}"#,
                "format: \"csv\" is none: give table or time_series",
            ),
        ] {
            let refusal = read(json).unwrap_err();
            assert_eq!(refusal.status, 400, "{json}");
            assert!(refusal.message.contains(said), "{json}: {}", refusal.message);
        }
    }
}
