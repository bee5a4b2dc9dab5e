//! Records as messages of the OpenTelemetry protocol.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, Sum,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as Sent, Status};

use super::record::{Attributes, Kind, LogLine, Point, PointValue, Severity, Span};
use super::shop::Pod;

pub fn logs(lines: &[LogLine]) -> ExportLogsServiceRequest {
    let of_pod = |(pod, lines): (Pod, Vec<&LogLine>)| ResourceLogs {
        resource: Some(resource(pod)),
        scope_logs: vec![ScopeLogs {
            scope: Some(scope(pod)),
            log_records: lines.into_iter().map(log).collect(),
            ..ScopeLogs::default()
        }],
        ..ResourceLogs::default()
    };
    ExportLogsServiceRequest {
        resource_logs: by_pod(lines, |line| line.pod).map(of_pod).collect(),
    }
}

pub fn spans(spans: &[Span]) -> ExportTraceServiceRequest {
    let of_pod = |(pod, spans): (Pod, Vec<&Span>)| ResourceSpans {
        resource: Some(resource(pod)),
        scope_spans: vec![ScopeSpans {
            scope: Some(scope(pod)),
            spans: spans.into_iter().map(span).collect(),
            ..ScopeSpans::default()
        }],
        ..ResourceSpans::default()
    };
    ExportTraceServiceRequest {
        resource_spans: by_pod(spans, |span| span.pod).map(of_pod).collect(),
    }
}

pub fn metrics(points: &[Point]) -> ExportMetricsServiceRequest {
    let of_pod = |(pod, points): (Pod, Vec<&Point>)| {
        let mut by_name = BTreeMap::<_, Vec<&Point>>::new();
        for point in points {
            by_name.entry(point.name).or_default().push(point);
        }
        ResourceMetrics {
            resource: Some(resource(pod)),
            scope_metrics: vec![ScopeMetrics {
                scope: Some(scope(pod)),
                metrics: by_name.into_values().filter_map(|points| metric(&points)).collect(),
                ..ScopeMetrics::default()
            }],
            ..ResourceMetrics::default()
        }
    };
    ExportMetricsServiceRequest {
        resource_metrics: by_pod(points, |point| point.pod).map(of_pod).collect(),
    }
}

fn by_pod<T>(items: &[T], pod: impl Fn(&T) -> Pod) -> impl Iterator<Item = (Pod, Vec<&T>)> {
    let mut by_pod = BTreeMap::<Pod, Vec<&T>>::new();
    for item in items {
        by_pod.entry(pod(item)).or_default().push(item);
    }
    by_pod.into_iter()
}

fn log(line: &LogLine) -> LogRecord {
    let (text, number) = match line.severity {
        Severity::Info => ("INFO", SeverityNumber::Info),
        Severity::Warn => ("WARN", SeverityNumber::Warn),
        Severity::Error => ("ERROR", SeverityNumber::Error),
    };
    LogRecord {
        time_unix_nano: nanos(line.time),
        observed_time_unix_nano: nanos(line.time),
        severity_number: number.into(),
        severity_text: text.to_owned(),
        body: Some(text_value(&line.body)),
        flags: u32::from(line.trace != 0),
        trace_id: trace_id(line.trace),
        span_id: span_id(line.span),
        ..LogRecord::default()
    }
}

fn span(span: &Span) -> Sent {
    let kind = match span.kind {
        Kind::Server => SpanKind::Server,
        Kind::Client => SpanKind::Client,
        Kind::Internal => SpanKind::Internal,
    };
    let exception = span.exception.as_ref().map(|exception| Event {
        time_unix_nano: nanos(span.end),
        name: "exception".to_owned(),
        attributes: vec![
            attribute("exception.type", exception.kind),
            attribute("exception.message", &exception.message),
        ],
        dropped_attributes_count: 0,
    });
    let failed = span.error.as_ref().map(|message| Status {
        message: message.to_string(),
        code: StatusCode::Error.into(),
    });
    Sent {
        trace_id: trace_id(span.trace),
        span_id: span_id(span.id),
        parent_span_id: span_id(span.parent),
        name: span.name.to_owned(),
        kind: kind.into(),
        start_time_unix_nano: nanos(span.start),
        end_time_unix_nano: nanos(span.end),
        attributes: attributes(&span.attributes),
        events: exception.into_iter().collect(),
        status: failed.or(Some(Status::default())),
        ..Sent::default()
    }
}

/// The metric of points with one name; none of no points.
fn metric(points: &[&Point]) -> Option<Metric> {
    let first = points.first()?;
    let cumulative = AggregationTemporality::Cumulative.into();
    let data = match first.value {
        PointValue::Gauge(_) => Data::Gauge(Gauge {
            data_points: points.iter().filter_map(|point| number(point)).collect(),
        }),
        PointValue::Sum { is_monotonic, .. } => Data::Sum(Sum {
            data_points: points.iter().filter_map(|point| number(point)).collect(),
            aggregation_temporality: cumulative,
            is_monotonic,
        }),
        PointValue::Histogram { .. } => Data::Histogram(Histogram {
            data_points: points.iter().filter_map(|point| histogram(point)).collect(),
            aggregation_temporality: cumulative,
        }),
    };
    Some(Metric {
        name: first.name.to_owned(),
        unit: first.unit.to_owned(),
        data: Some(data),
        ..Metric::default()
    })
}

fn number(point: &Point) -> Option<NumberDataPoint> {
    let (PointValue::Gauge(value) | PointValue::Sum { value, .. }) = point.value else {
        return None;
    };
    Some(NumberDataPoint {
        attributes: attributes(&point.attributes),
        start_time_unix_nano: nanos(point.start),
        time_unix_nano: nanos(point.time),
        value: Some(Number::AsDouble(value)),
        ..NumberDataPoint::default()
    })
}

fn histogram(point: &Point) -> Option<HistogramDataPoint> {
    let PointValue::Histogram {
        counts,
        bounds,
        sum,
        min,
        max,
    } = &point.value
    else {
        return None;
    };
    Some(HistogramDataPoint {
        attributes: attributes(&point.attributes),
        start_time_unix_nano: nanos(point.start),
        time_unix_nano: nanos(point.time),
        count: counts.iter().sum(),
        sum: Some(*sum),
        bucket_counts: counts.clone(),
        explicit_bounds: bounds.to_vec(),
        min: Some(*min),
        max: Some(*max),
        ..HistogramDataPoint::default()
    })
}

fn resource(pod: Pod) -> Resource {
    let name = pod.name();
    Resource {
        attributes: pod.resource(&name).map(|(key, value)| attribute(key, value)).into(),
        ..Resource::default()
    }
}

fn scope(pod: Pod) -> InstrumentationScope {
    InstrumentationScope {
        name: pod.service.scope().to_owned(),
        ..InstrumentationScope::default()
    }
}

fn attributes(attributes: &Attributes) -> Vec<KeyValue> {
    attributes.iter().map(|(key, value)| attribute(key, value)).collect()
}

fn attribute(key: &str, value: &str) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(text_value(value)),
        ..KeyValue::default()
    }
}

fn text_value(text: &str) -> AnyValue {
    AnyValue {
        value: Some(Value::StringValue(text.to_owned())),
    }
}

/// Nothing in the shop happens before 1970.
fn nanos(time: i64) -> u64 {
    time.unsigned_abs()
}

/// Empty for no trace.
fn trace_id(id: u128) -> Vec<u8> {
    if id == 0 { vec![] } else { id.to_be_bytes().to_vec() }
}

/// Empty for no span.
fn span_id(id: u64) -> Vec<u8> {
    if id == 0 { vec![] } else { id.to_be_bytes().to_vec() }
}
