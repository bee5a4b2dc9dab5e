//! The columns that statements read: those of the OpenTelemetry Collector's ClickHouse exporter.

use super::column::{Source, Wanted};
use crate::LogTable;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// When it was: `DateTime64`.
    Time,
    /// `String`.
    Text,
    /// `Map(String, String)`.
    Attributes,
    /// `Array(Map(String, String))`.
    AttributeLists,
    /// `Array(String)`.
    Texts,
    /// `Array(DateTime64(9))`.
    Times,
    /// A whole number from 0 to 255.
    Number,
    /// What is read as it is: numbers, lists of numbers.
    AsItIs,
}

/// A column that statements read.
#[derive(Debug)]
pub struct Canon {
    pub name: &'static str,
    pub holds: Holds,
    /// Whether a table without it cannot be read.
    pub is_needed: bool,
}

const fn needed(name: &'static str, holds: Holds) -> Canon {
    Canon {
        name,
        holds,
        is_needed: true,
    }
}

const fn useful(name: &'static str, holds: Holds) -> Canon {
    Canon {
        name,
        holds,
        is_needed: false,
    }
}

use Holds::{AsItIs, AttributeLists, Attributes, Number, Text, Texts, Time, Times};

/// A log line's. The first are those that the configuration names.
pub const LOGS: &[Canon] = &[
    needed("Timestamp", Time),
    needed("ServiceName", Text),
    needed("Body", Text),
    useful("SeverityText", Text),
    useful("TraceId", Text),
    useful("ResourceAttributes", Attributes),
    useful("LogAttributes", Attributes),
    useful("SpanId", Text),
    useful("SeverityNumber", Number),
];

const SPANS: &[Canon] = &[
    needed("Timestamp", Time),
    needed("TraceId", Text),
    needed("SpanId", Text),
    needed("ParentSpanId", Text),
    needed("SpanName", Text),
    needed("SpanKind", Text),
    needed("ServiceName", Text),
    useful("ResourceAttributes", Attributes),
    useful("SpanAttributes", Attributes),
    needed("Duration", AsItIs),
    needed("StatusCode", Text),
    useful("StatusMessage", Text),
    useful("TraceState", Text),
    useful("Events.Timestamp", Times),
    useful("Events.Name", Texts),
    useful("Events.Attributes", AttributeLists),
    useful("Links.TraceId", Texts),
    useful("Links.SpanId", Texts),
];

/// What every table of points has.
const POINT: &[Canon] = &[
    needed("ServiceName", Text),
    needed("MetricName", Text),
    useful("MetricUnit", Text),
    useful("ScopeName", Text),
    useful("ResourceAttributes", Attributes),
    useful("Attributes", Attributes),
    needed("StartTimeUnix", Time),
    needed("TimeUnix", Time),
    useful("Flags", AsItIs),
];

const GAUGE: &[Canon] = &[needed("Value", AsItIs)];

const SUM: &[Canon] = &[
    needed("Value", AsItIs),
    needed("AggregationTemporality", AsItIs),
    needed("IsMonotonic", AsItIs),
];

const HISTOGRAM: &[Canon] = &[
    needed("Count", AsItIs),
    needed("Sum", AsItIs),
    needed("BucketCounts", AsItIs),
    needed("ExplicitBounds", AsItIs),
    needed("AggregationTemporality", AsItIs),
];

const EXPONENTIAL: &[Canon] = &[
    needed("Count", AsItIs),
    needed("Sum", AsItIs),
    needed("Scale", AsItIs),
    needed("ZeroCount", AsItIs),
    needed("PositiveOffset", AsItIs),
    needed("PositiveBucketCounts", AsItIs),
    needed("NegativeOffset", AsItIs),
    needed("NegativeBucketCounts", AsItIs),
    needed("AggregationTemporality", AsItIs),
];

const SUMMARY: &[Canon] = &[needed("Count", AsItIs)];

/// The tables of spans and metric points, which are called the same everywhere, and the lists of their columns.
pub const TABLES: &[(&str, &[&[Canon]])] = &[
    ("otel_traces", &[SPANS]),
    ("otel_metrics_gauge", &[POINT, GAUGE]),
    ("otel_metrics_sum", &[POINT, SUM]),
    ("otel_metrics_histogram", &[POINT, HISTOGRAM]),
    ("otel_metrics_exponential_histogram", &[POINT, EXPONENTIAL]),
    ("otel_metrics_exp_histogram", &[POINT, EXPONENTIAL]),
    ("otel_metrics_summary", &[POINT, SUMMARY]),
];

impl Canon {
    /// The column, taken from one of the same name.
    pub fn by_its_name(&self) -> Wanted {
        Wanted {
            name: self.name,
            holds: self.holds,
            is_needed: self.is_needed,
            sources: vec![Source::column(self.name)],
            key: None,
        }
    }

    /// The column, taken from where the configuration says.
    pub fn of_lines(&self, logs: &LogTable) -> Wanted {
        let (key, named) = match self.name {
            "Timestamp" => ("timestamp", &logs.timestamp),
            "ServiceName" => ("service", &logs.service),
            "Body" => ("body", &logs.body),
            "SeverityText" => ("severity", &logs.severity),
            "TraceId" => ("trace_id", &logs.trace_id),
            "ResourceAttributes" => ("resource_attributes", &logs.resource_attributes),
            "LogAttributes" => ("log_attributes", &logs.log_attributes),
            _ => return self.by_its_name(),
        };
        Wanted {
            sources: Source::list(named),
            key: Some(key),
            ..self.by_its_name()
        }
    }
}
