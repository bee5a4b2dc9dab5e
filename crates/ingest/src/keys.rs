//! Which column a key of a JSON object or a CSV header means.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::OnceLock;

use super::table::{ColumnType, Table};

/// Names of the user's own for what a log record must tell (`--field`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldNames {
    /// Column of `otel_logs` and the field that fills it; fields of nested objects with a dot between.
    columns: Vec<(&'static str, String)>,
}

/// What a user may name the field of.
const NAMED: &str = "time, message, level, service, trace and span";

impl FieldNames {
    /// Reads `time=when,message=text,level=…,service=…,trace=…`.
    ///
    /// # Errors
    /// Names the part that is wrong, and what is known.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut names = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (what, field) = part
                .split_once('=')
                .ok_or_else(|| format!("{part:?} is no what=field: what is one of {NAMED}"))?;
            names.set(what, field)?;
        }
        Ok(names)
    }

    /// Says which field tells `what`: time, message, level, service, trace or span.
    ///
    /// # Errors
    /// Says what is wrong with it, and what is known.
    pub fn set(&mut self, what: &str, field: &str) -> Result<(), String> {
        let column = match what {
            "time" => "Timestamp",
            "message" => "Body",
            "level" => "SeverityText",
            "service" => "ServiceName",
            "trace" => "TraceId",
            "span" => "SpanId",
            _ => return Err(format!("{what:?} is unknown: one of {NAMED} is needed")),
        };
        if field.is_empty() {
            return Err(format!("the field for {what} is empty: name one"));
        }
        self.columns.push((column, field.to_owned()));
        Ok(())
    }

    /// These names, and those of `others` for what these do not name.
    #[must_use]
    pub fn or(mut self, others: &Self) -> Self {
        let missing = others.columns.iter().filter(|(column, _)| !self.names(column));
        let missing: Vec<_> = missing.cloned().collect();
        self.columns.extend(missing);
        self
    }

    /// Whether a field of the user's lies in the object `key`.
    pub fn reach_into(&self, key: &str) -> bool {
        let inside = |field: &str| field.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
        self.columns.iter().any(|(_, field)| inside(field))
    }

    fn column(&self, key: &str) -> Option<&'static str> {
        self.columns
            .iter()
            .find(|(_, field)| field == key)
            .map(|(column, _)| *column)
    }

    fn names(&self, column: &str) -> bool {
        self.columns.iter().any(|(named, _)| *named == column)
    }
}

/// Names that log libraries and shippers give the columns of `otel_logs`, the likeliest first, in small letters and
/// without `_`, `-`, `@` and `$`; a dot leads into an object. Another table takes its own column names only.
const LOG_ALIASES: &[(&str, &str)] = &[
    (
        "Timestamp",
        "timestamp time ts datetime asctime t eventtime timestamp.date time.date ts.date t.date t.date.numberlong instant.time \
         timestamp.time time.time timeunixnano realtimetimestamp sourcerealtimetimestamp date tsns timemillis timestampms timens \
         eventtimestamp event.created created createdat logtime logdate receivetimestamp starttime startutc timelocal \
         timeiso8601 event.time published observedtimestamp time.repr time.timestamp msec dt",
    ),
    (
        "Body",
        "body message msg log event text shortmessage m line textpayload jsonpayload.message jsonpayload.msg fields.message \
         fields.msg log.message renderedmessage mt messagetemplate content logmessage fullmessage description body.stringvalue raw",
    ),
    (
        "SeverityText",
        "severitytext leveldisplayname level severity lvl loglevel log.level levelname l priority fields.level jsonpayload.level \
         jsonpayload.severity labels.level labels.detectedlevel detectedlevel severitylevel winlog.level levelno levelvalue \
         syslog.severity level.name sev s status",
    ),
    ("SeverityNumber", "severitynumber"),
    (
        "ServiceName",
        "servicename service.name service app application appname syslogidentifier resource.labels.containername \
         resource.labels.servicename resource.service.name kubernetes.labels.app kubernetes.labels.app.kubernetes.io/name \
         kubernetes.containername kubernetes.container.name labels.app labels.servicename labels.service labels.container \
         labels.job stream.app containername program systemdunit comm winlog.providername event.provider process.name \
         container.name entity.name cloudrolename approlename projectname programname sourcename \
         resource.attributes.service.name",
    ),
    (
        "TraceId",
        "traceid trace.id dd.traceid logging.googleapis.com/trace tr contextmap.traceid mdc.traceid fields.traceid \
         span.traceid traceparent trace",
    ),
    ("SpanId", "spanid span.id dd.spanid logging.googleapis.com/spanid sp"),
    ("TraceFlags", "traceflags"),
    ("ResourceAttributes", "resourceattributes resource"),
    ("LogAttributes", "attributes logattributes"),
];

/// Objects whose fields are looked into for a column's value.
const OPENED: &[&str] = &[
    "t",
    "t.date",
    "timestamp",
    "time",
    "ts",
    "instant",
    "log",
    "service",
    "trace",
    "span",
    "fields",
    "jsonpayload",
    "resource",
    "resource.labels",
    "resource.service",
    "resource.attributes",
    "labels",
    "kubernetes",
    "kubernetes.labels",
    "kubernetes.container",
    "container",
    "event",
    "winlog",
    "process",
    "dd",
    "body",
    "stream",
    "mdc",
    "contextmap",
    "syslog",
    "host",
    "kubernetes.pod",
    "kubernetes.node",
];

/// Whether the fields of the object `key` are looked into.
pub fn is_opened(key: &str, own: &FieldNames) -> bool {
    OPENED.contains(&plain(key).as_ref()) || own.reach_into(key)
}

/// What is looked for in objects of any name where a record has no message or no time: `{"info": {"msg": …, "ts": …}}`.
const WRAPPED: &[&str] = &[
    "message",
    "msg",
    "raw",
    "level",
    "level.name",
    "severity",
    "lvl",
    "loglevel",
    "levelname",
    "time",
    "time.repr",
    "time.timestamp",
    "timestamp",
    "ts",
    "datetime",
];

/// Whether a field of an object of any name tells something about the record.
pub fn is_wrapped(key: &str) -> bool {
    WRAPPED.contains(&plain(key).as_ref())
}

/// A key in small letters and without the signs that only some write.
pub fn plain(key: &str) -> Cow<'_, str> {
    if key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'.') {
        return Cow::Borrowed(key);
    }
    let signs = key.chars().filter(|sign| !"_-@$ ".contains(*sign));
    Cow::Owned(signs.map(|sign| sign.to_ascii_lowercase()).collect())
}

fn aliases() -> &'static HashMap<&'static str, (usize, usize)> {
    static ALIASES: OnceLock<HashMap<&'static str, (usize, usize)>> = OnceLock::new();
    ALIASES.get_or_init(|| {
        let mut found = HashMap::new();
        for (column, names) in LOG_ALIASES {
            let index = Table::OtelLogs.column_index(column).unwrap_or_default();
            for (rank, name) in names.split_whitespace().enumerate() {
                found.entry(name).or_insert((index, rank + 2));
            }
        }
        found
    })
}

/// The column that a key means, by its place in the table, and how good the match is: 0 for the user's own name, 1
/// for the column's, more for likelier to less likely aliases. Of two keys for one column, the better match is the column.
pub fn column_of(table: Table, key: &str, own: &FieldNames) -> Option<(usize, usize)> {
    if table != Table::OtelLogs {
        return table.column_index(key).map(|index| (index, 1));
    }
    if let Some(column) = own.column(key) {
        return table.column_index(column).map(|index| (index, 0));
    }
    if let Some(index) = table.column_index(key) {
        return Some((index, 1));
    }
    let found = *aliases().get(plain(key).as_ref())?;
    // Where the user has named a column's field, no other is taken for it.
    (!own.names(table.columns()[found.0].0)).then_some(found)
}

/// For each column of the table, the fields of `keys` that could fill it, the best match first.
pub fn candidates(table: Table, keys: &[&str], own: &FieldNames) -> Candidates {
    let mut found: Candidates = vec![Vec::new(); table.columns().len()];
    for (field, key) in keys.iter().enumerate() {
        if let Some((column, rank)) = column_of(table, key, own) {
            found[column].push((rank, field));
        }
    }
    found.iter_mut().for_each(|fields| fields.sort_unstable());
    found
}

/// The fields that could fill a column, with their ranks, the best match first.
pub type Candidates = Vec<Vec<(usize, usize)>>;

/// So many lists of keys are remembered.
const LAYOUTS: usize = 16;

/// What the lists of keys mean that came last: a file's records have few different ones.
#[derive(Debug, Default)]
pub struct Layouts(RefCell<Vec<(Vec<String>, Rc<Candidates>)>>);

impl Layouts {
    /// The same as [`candidates`].
    pub fn candidates(&self, table: Table, keys: &[Cow<'_, str>], own: &FieldNames) -> Rc<Candidates> {
        let mut layouts = self.0.borrow_mut();
        let found = layouts.iter().position(|(known, _)| known.iter().eq(keys.iter()));
        if let Some(index) = found {
            // The latest comes first.
            layouts[..=index].rotate_right(1);
            return Rc::clone(&layouts[0].1);
        }
        let names: Vec<&str> = keys.iter().map(Cow::as_ref).collect();
        let candidates = Rc::new(candidates(table, &names, own));
        layouts.truncate(LAYOUTS - 1);
        let names = names.into_iter().map(str::to_owned).collect();
        layouts.insert(0, (names, Rc::clone(&candidates)));
        candidates
    }
}

/// For each column of the table, the field of `keys` that fills it, if any. A field goes by an alias only where
/// `suits` says that its value could be one: `"event": {…}` is an attribute, not the message.
pub fn assign(table: Table, keys: &[&str], suits: impl Fn(usize, ColumnType) -> bool) -> Vec<Option<usize>> {
    let found = candidates(table, keys, &FieldNames::default());
    let columns = table.columns().iter();
    found
        .into_iter()
        .zip(columns)
        .map(|(fields, (_, ty))| {
            let fits = |(rank, field): &&(usize, usize)| *rank <= 1 || suits(*field, *ty);
            fields.iter().find(fits).map(|(_, field)| *field)
        })
        .collect()
}

/// The table's column names, for messages.
pub fn known(table: Table) -> String {
    table
        .columns()
        .iter()
        .map(|(name, _)| *name)
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_columns_own_name_beats_an_alias() {
        let fields = assign(Table::OtelLogs, &["msg", "ts", "Body", "level"], |_, _| true);
        let field = |name| fields[Table::OtelLogs.column_index(name).unwrap()];
        assert_eq!(
            (field("Body"), field("Timestamp"), field("SeverityText")),
            (Some(2), Some(1), Some(3))
        );
    }

    #[test]
    fn other_tables_know_their_own_names_only() {
        let own = FieldNames::default();
        assert_eq!(column_of(Table::OtelTraces, "trace_id", &own), None);
        assert!(column_of(Table::OtelTraces, "TraceId", &own).is_some());
    }

    #[test]
    fn the_users_names_replace_the_aliases() {
        let own = FieldNames::parse("time=when,message=meta.text").unwrap();
        let column =
            |key: &str| column_of(Table::OtelLogs, key, &own).map(|(index, _)| Table::OtelLogs.columns()[index].0);
        assert_eq!(
            [column("when"), column("meta.text"), column("msg"), column("level")],
            [Some("Timestamp"), Some("Body"), None, Some("SeverityText")]
        );
        assert!(own.reach_into("meta") && !own.reach_into("me"));
        assert!(FieldNames::parse("when=ts").unwrap_err().contains("service"));
        assert!(FieldNames::parse("time").is_err());
    }
}
