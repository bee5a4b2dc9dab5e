//! Records as rows of the OpenTelemetry tables, gathered into batches.

use bytes::Bytes;

use super::record::{Kind, LogLine, Point, PointValue, Severity, Span};
use super::row_binary::{byte, float, int, int32, length, map, text, uint};
use super::shop::Pod;
use super::simulation::Slice;

/// The most rows in one insert.
pub const BATCH_ROWS: u64 = 50_000;

/// A cumulative point, in OpenTelemetry's numbers.
const CUMULATIVE: i32 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    Logs,
    Traces,
    Gauge,
    Sum,
    Histogram,
}

impl Table {
    pub const ALL: [Self; 5] = [Self::Logs, Self::Traces, Self::Gauge, Self::Sum, Self::Histogram];

    pub fn name(self) -> &'static str {
        match self {
            Self::Logs => "otel_logs",
            Self::Traces => "otel_traces",
            Self::Gauge => "otel_metrics_gauge",
            Self::Sum => "otel_metrics_sum",
            Self::Histogram => "otel_metrics_histogram",
        }
    }

    /// The columns of a row, in the order in which they are written below.
    pub fn columns(self) -> Vec<String> {
        const METRIC: &str =
            "ResourceAttributes ScopeName ServiceName MetricName MetricUnit Attributes StartTimeUnix TimeUnix";
        let names = match self {
            Self::Logs => "Timestamp TraceId SpanId TraceFlags SeverityText SeverityNumber ServiceName Body ResourceAttributes ScopeName".to_owned(),
            Self::Traces => "Timestamp TraceId SpanId ParentSpanId SpanName SpanKind ServiceName ResourceAttributes ScopeName SpanAttributes Duration StatusCode StatusMessage Events.Timestamp Events.Name Events.Attributes".to_owned(),
            Self::Gauge => format!("{METRIC} Value"),
            Self::Sum => format!("{METRIC} Value AggregationTemporality IsMonotonic"),
            Self::Histogram => {
                format!("{METRIC} Count Sum BucketCounts ExplicitBounds Min Max AggregationTemporality")
            }
        };
        names.split(' ').map(str::to_owned).collect()
    }
}

/// Rows of one table, in `RowBinary`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub table: Table,
    pub rows: u64,
    pub bytes: Bytes,
}

/// Gathers rows and hands out batches when they are full.
#[derive(Default)]
pub struct Batches {
    open: [(u64, Vec<u8>); Table::ALL.len()],
}

impl Batches {
    /// Adds a slice; `full` is called with each batch that it fills.
    pub fn add(&mut self, slice: &Slice, mut full: impl FnMut(Batch)) {
        for line in &slice.logs {
            self.row(Table::Logs, &mut full, |out| log_row(out, line));
        }
        for span in &slice.spans {
            self.row(Table::Traces, &mut full, |out| span_row(out, span));
        }
        for point in &slice.points {
            let table = match point.value {
                PointValue::Gauge(_) => Table::Gauge,
                PointValue::Sum { .. } => Table::Sum,
                PointValue::Histogram { .. } => Table::Histogram,
            };
            self.row(table, &mut full, |out| point_row(out, point));
        }
    }

    /// What is left when all slices are added.
    pub fn finish(mut self, mut full: impl FnMut(Batch)) {
        for table in Table::ALL {
            self.flush(table, &mut full);
        }
    }

    fn row(&mut self, table: Table, full: &mut impl FnMut(Batch), write: impl FnOnce(&mut Vec<u8>)) {
        let (rows, bytes) = &mut self.open[table as usize];
        write(bytes);
        *rows += 1;
        if *rows == BATCH_ROWS {
            self.flush(table, full);
        }
    }

    fn flush(&mut self, table: Table, full: &mut impl FnMut(Batch)) {
        let (rows, bytes) = std::mem::take(&mut self.open[table as usize]);
        if rows > 0 {
            let bytes = Bytes::from(bytes);
            full(Batch { table, rows, bytes });
        }
    }
}

fn log_row(out: &mut Vec<u8>, line: &LogLine) {
    let (level, number) = match line.severity {
        Severity::Info => ("INFO", 9),
        Severity::Warn => ("WARN", 13),
        Severity::Error => ("ERROR", 17),
    };
    int(out, line.time);
    trace_id(out, line.trace);
    span_id(out, line.span);
    byte(out, u8::from(line.trace != 0));
    text(out, level);
    byte(out, number);
    text(out, line.pod.service.name());
    text(out, &line.body);
    resource(out, line.pod);
    text(out, line.pod.service.scope());
}

fn span_row(out: &mut Vec<u8>, span: &Span) {
    let kind = match span.kind {
        Kind::Server => "Server",
        Kind::Client => "Client",
        Kind::Internal => "Internal",
    };
    int(out, span.start);
    trace_id(out, span.trace);
    span_id(out, span.id);
    span_id(out, span.parent);
    text(out, span.name);
    text(out, kind);
    text(out, span.pod.service.name());
    resource(out, span.pod);
    text(out, span.pod.service.scope());
    map(out, &span.attributes);
    uint(out, span.end.abs_diff(span.start));
    text(out, if span.error.is_some() { "Error" } else { "Unset" });
    text(out, span.error.as_deref().unwrap_or_default());
    let events = usize::from(span.exception.is_some());
    length(out, events);
    if let Some(exception) = &span.exception {
        int(out, span.end);
        length(out, events);
        text(out, "exception");
        length(out, events);
        let attributes = [
            ("exception.type", exception.kind),
            ("exception.message", exception.message.as_str()),
        ];
        map(out, &attributes);
    } else {
        length(out, events);
        length(out, events);
    }
}

fn point_row(out: &mut Vec<u8>, point: &Point) {
    resource(out, point.pod);
    text(out, point.pod.service.scope());
    text(out, point.pod.service.name());
    text(out, point.name);
    text(out, point.unit);
    map(out, &point.attributes);
    int(out, point.start);
    int(out, point.time);
    match &point.value {
        PointValue::Gauge(value) => float(out, *value),
        PointValue::Sum { value, is_monotonic } => {
            float(out, *value);
            int32(out, CUMULATIVE);
            byte(out, u8::from(*is_monotonic));
        }
        PointValue::Histogram {
            counts,
            bounds,
            sum,
            min,
            max,
        } => {
            uint(out, counts.iter().sum());
            float(out, *sum);
            length(out, counts.len());
            counts.iter().for_each(|count| uint(out, *count));
            length(out, bounds.len());
            bounds.iter().for_each(|bound| float(out, *bound));
            float(out, *min);
            float(out, *max);
            int32(out, CUMULATIVE);
        }
    }
}

fn resource(out: &mut Vec<u8>, pod: Pod) {
    map(out, &pod.resource(&pod.name()));
}

/// 32 hex digits; empty for no trace.
fn trace_id(out: &mut Vec<u8>, id: u128) {
    if id == 0 {
        text(out, "");
    } else {
        text(out, &format!("{id:032x}"));
    }
}

/// 16 hex digits; empty for no span.
fn span_id(out: &mut Vec<u8>, id: u64) {
    if id == 0 {
        text(out, "");
    } else {
        text(out, &format!("{id:016x}"));
    }
}
