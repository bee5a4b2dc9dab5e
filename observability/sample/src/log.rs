//! Log lines: JSON on stdout, with the ids of the request's trace, and the same as log records of OpenTelemetry.

use std::io::Write as _;
use std::time::SystemTime;

use jiff::Timestamp;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, Severity};
use opentelemetry::trace::SpanContext;
use opentelemetry_sdk::logs::SdkLogger;
use serde_json::json;

pub struct Log {
    service: String,
    logger: SdkLogger,
}

#[derive(Clone, Copy)]
pub enum Level {
    Info,
    Warn,
    Error,
}

impl Log {
    pub fn new(service: &str, logger: SdkLogger) -> Self {
        Self {
            service: service.to_owned(),
            logger,
        }
    }

    /// Writes a line of the request that `span` belongs to.
    pub fn write(&self, level: Level, span: &SpanContext, route: &str, message: &str) {
        let (text, number) = match level {
            Level::Info => ("INFO", Severity::Info),
            Level::Warn => ("WARN", Severity::Warn),
            Level::Error => ("ERROR", Severity::Error),
        };
        let now = SystemTime::now();
        let line = json!({
            "timestamp": Timestamp::try_from(now).unwrap_or_default().to_string(),
            "level": text,
            "service": self.service,
            "message": message,
            "route": route,
            "trace_id": span.trace_id().to_string(),
            "span_id": span.span_id().to_string(),
        });
        // Whoever has stopped reading does not stop the service.
        let _ = writeln!(std::io::stdout().lock(), "{line}");
        let mut record = self.logger.create_log_record();
        record.set_timestamp(now);
        record.set_observed_timestamp(now);
        record.set_severity_text(text);
        record.set_severity_number(number);
        record.set_body(AnyValue::from(message.to_owned()));
        record.add_attribute("http.route", route.to_owned());
        record.set_trace_context(span.trace_id(), span.span_id(), Some(span.trace_flags()));
        self.logger.emit(record);
    }
}
