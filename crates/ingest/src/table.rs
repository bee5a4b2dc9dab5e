//! The tables that can be filled, in the layout of the OpenTelemetry Collector's clickhouseexporter.

use std::fmt;
use std::str::FromStr;

/// A column's type as the batches declare it. ClickHouse casts to the table's own type where that is a close
/// relative (`LowCardinality(String)`, `Int32` for a severity number, a time zone), so older layouts work too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// `DateTime64(9)`: nanoseconds since the epoch.
    Time,
    Text,
    UInt8,
    UInt32,
    UInt64,
    Int32,
    Float64,
    Bool,
    /// `Map(String, String)`.
    Map,
    TimeList,
    TextList,
    UInt64List,
    Float64List,
    MapList,
}

impl ColumnType {
    /// The name that ClickHouse gives the type.
    pub fn clickhouse_name(self) -> &'static str {
        match self {
            Self::Time => "DateTime64(9)",
            Self::Text => "String",
            Self::UInt8 => "UInt8",
            Self::UInt32 => "UInt32",
            Self::UInt64 => "UInt64",
            Self::Int32 => "Int32",
            Self::Float64 => "Float64",
            Self::Bool => "Bool",
            Self::Map => "Map(String, String)",
            Self::TimeList => "Array(DateTime64(9))",
            Self::TextList => "Array(String)",
            Self::UInt64List => "Array(UInt64)",
            Self::Float64List => "Array(Float64)",
            Self::MapList => "Array(Map(String, String))",
        }
    }

    /// What the elements of a list are; `None` for a type that is no list.
    pub fn element(self) -> Option<Self> {
        match self {
            Self::TimeList => Some(Self::Time),
            Self::TextList => Some(Self::Text),
            Self::UInt64List => Some(Self::UInt64),
            Self::Float64List => Some(Self::Float64),
            Self::MapList => Some(Self::Map),
            _ => None,
        }
    }
}

/// A column: its name and type.
pub type ColumnSpec = (&'static str, ColumnType);

/// A table that `kulprit ingest` fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    OtelLogs,
    OtelTraces,
    OtelMetricsGauge,
    OtelMetricsSum,
    OtelMetricsHistogram,
}

/// No table of that name can be filled.
#[derive(Debug, thiserror::Error)]
#[error(
    "unknown table {0:?}: one of otel_logs, otel_traces, otel_metrics_gauge, otel_metrics_sum, otel_metrics_histogram is needed"
)]
pub struct UnknownTable(String);

impl FromStr for Table {
    type Err = UnknownTable;

    fn from_str(name: &str) -> Result<Self, UnknownTable> {
        Self::ALL
            .into_iter()
            .find(|table| table.name() == name)
            .ok_or_else(|| UnknownTable(name.to_owned()))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Table {
    pub const ALL: [Self; 5] = [
        Self::OtelLogs,
        Self::OtelTraces,
        Self::OtelMetricsGauge,
        Self::OtelMetricsSum,
        Self::OtelMetricsHistogram,
    ];

    /// The table's name in ClickHouse.
    pub fn name(self) -> &'static str {
        match self {
            Self::OtelLogs => "otel_logs",
            Self::OtelTraces => "otel_traces",
            Self::OtelMetricsGauge => "otel_metrics_gauge",
            Self::OtelMetricsSum => "otel_metrics_sum",
            Self::OtelMetricsHistogram => "otel_metrics_histogram",
        }
    }

    /// Every column that may be given, with its type.
    pub fn columns(self) -> &'static [ColumnSpec] {
        match self {
            Self::OtelLogs => LOGS,
            Self::OtelTraces => TRACES,
            Self::OtelMetricsGauge => GAUGE,
            Self::OtelMetricsSum => SUM,
            Self::OtelMetricsHistogram => HISTOGRAM,
        }
    }

    /// Columns that the table computes itself: a file may hold them (it may be an export of such a table), but
    /// they are not sent, because not every version of the layout has them.
    pub fn derived_columns(self) -> &'static [&'static str] {
        match self {
            Self::OtelLogs => &["TimestampTime"],
            _ => &[],
        }
    }

    /// Columns without which a row says nothing.
    pub fn required_columns(self) -> &'static [&'static str] {
        match self {
            Self::OtelLogs => &["Timestamp", "Body"],
            Self::OtelTraces => &["Timestamp", "TraceId", "SpanId"],
            Self::OtelMetricsGauge | Self::OtelMetricsSum => &["TimeUnix", "MetricName", "Value"],
            Self::OtelMetricsHistogram => &["TimeUnix", "MetricName", "Count"],
        }
    }

    /// The column of the row's time: the report's time range and the partitions go by it.
    pub fn time_column(self) -> &'static str {
        match self {
            Self::OtelLogs | Self::OtelTraces => "Timestamp",
            _ => "TimeUnix",
        }
    }

    /// Where a column stands in [`Table::columns`]; names are case-sensitive, as in ClickHouse.
    pub fn column_index(self, name: &str) -> Option<usize> {
        self.columns().iter().position(|(column, _)| *column == name)
    }
}

use ColumnType::{
    Bool, Float64, Float64List, Int32, Map, MapList, Text, TextList, Time, TimeList, UInt8, UInt32, UInt64, UInt64List,
};

const LOGS: &[ColumnSpec] = &[
    ("Timestamp", Time),
    ("TraceId", Text),
    ("SpanId", Text),
    ("TraceFlags", UInt8),
    ("SeverityText", Text),
    ("SeverityNumber", UInt8),
    ("ServiceName", Text),
    ("Body", Text),
    ("ResourceSchemaUrl", Text),
    ("ResourceAttributes", Map),
    ("ScopeSchemaUrl", Text),
    ("ScopeName", Text),
    ("ScopeVersion", Text),
    ("ScopeAttributes", Map),
    ("LogAttributes", Map),
    ("EventName", Text),
];

const TRACES: &[ColumnSpec] = &[
    ("Timestamp", Time),
    ("TraceId", Text),
    ("SpanId", Text),
    ("ParentSpanId", Text),
    ("TraceState", Text),
    ("SpanName", Text),
    ("SpanKind", Text),
    ("ServiceName", Text),
    ("ResourceAttributes", Map),
    ("ScopeName", Text),
    ("ScopeVersion", Text),
    ("SpanAttributes", Map),
    ("Duration", UInt64),
    ("StatusCode", Text),
    ("StatusMessage", Text),
    ("Events.Timestamp", TimeList),
    ("Events.Name", TextList),
    ("Events.Attributes", MapList),
    ("Links.TraceId", TextList),
    ("Links.SpanId", TextList),
    ("Links.TraceState", TextList),
    ("Links.Attributes", MapList),
];

/// The columns that every metric table shares, followed by its own.
macro_rules! metric_columns {
    ($($own:expr),* $(,)?) => {
        &[
            ("ResourceAttributes", Map),
            ("ResourceSchemaUrl", Text),
            ("ScopeName", Text),
            ("ScopeVersion", Text),
            ("ScopeAttributes", Map),
            ("ScopeDroppedAttrCount", UInt32),
            ("ScopeSchemaUrl", Text),
            ("ServiceName", Text),
            ("MetricName", Text),
            ("MetricDescription", Text),
            ("MetricUnit", Text),
            ("Attributes", Map),
            ("StartTimeUnix", Time),
            ("TimeUnix", Time),
            ("Flags", UInt32),
            ("Exemplars.FilteredAttributes", MapList),
            ("Exemplars.TimeUnix", TimeList),
            ("Exemplars.Value", Float64List),
            ("Exemplars.SpanId", TextList),
            ("Exemplars.TraceId", TextList),
            $($own),*
        ]
    };
}

const GAUGE: &[ColumnSpec] = metric_columns![("Value", Float64)];

const SUM: &[ColumnSpec] = metric_columns![
    ("Value", Float64),
    ("AggregationTemporality", Int32),
    ("IsMonotonic", Bool)
];

const HISTOGRAM: &[ColumnSpec] = metric_columns![
    ("Count", UInt64),
    ("Sum", Float64),
    ("BucketCounts", UInt64List),
    ("ExplicitBounds", Float64List),
    ("Min", Float64),
    ("Max", Float64),
    ("AggregationTemporality", Int32),
];
