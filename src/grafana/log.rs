//! The log as Grafana reads it: one JSON object a line on stderr, with `@level`, `@message` and `@timestamp`; it writes them into its own
//! log under the plugin's name.

use std::fmt;
use std::io::stderr;

use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::cli::logging::{LogLevel, filter};

/// The only form in which go-plugin takes a line for one of a log.
const TIMESTAMP: &str = "%Y-%m-%dT%H:%M:%S%.6fZ";
/// Names another level than info.
const LEVEL: &str = "KULPRIT_LOG_LEVEL";

/// Writes the log of this process from now on.
pub fn init() {
    let named = super::settings::variable(LEVEL);
    let level = named.and_then(|name| <LogLevel as clap::ValueEnum>::from_str(&name, true).ok());
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter(level.unwrap_or(LogLevel::Info)))
        .with_writer(stderr)
        .log_internal_errors(false)
        .event_format(Lines)
        .try_init();
}

struct Lines;

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        let level = event.metadata().level().as_str().to_ascii_lowercase();
        fields.put("@level", level);
        fields.put("@timestamp", Timestamp::now().strftime(TIMESTAMP).to_string());
        // JSON has no line breaks in it, whatever stands in a value.
        writeln!(writer, "{}", Value::Object(fields.0))
    }
}

/// The fields of one event.
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        let name = if name == "message" { "@message" } else { name };
        self.0.insert(name.to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field.name(), format!("{value:?}"));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_event_is_one_line_that_grafana_reads() {
        let written = Written::default();
        let log = tracing_subscriber::fmt().event_format(Lines).with_writer({
            let written = written.clone();
            move || written.clone()
        });
        tracing::subscriber::with_default(log.finish(), || {
            tracing::warn!(count = 3, who = "a\nb", "it is {}", "so");
        });
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&line["@level"], &line["@message"], &line["count"], &line["who"]),
            (&"warn".into(), &"it is so".into(), &3.into(), &"a\nb".into())
        );
        let timestamp = line["@timestamp"].as_str().unwrap();
        assert!(timestamp.parse::<Timestamp>().is_ok());
        assert_eq!(timestamp.len(), "2026-01-02T03:04:05.000006Z".len(), "{timestamp}");
    }
}
