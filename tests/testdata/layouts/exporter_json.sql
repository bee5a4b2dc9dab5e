CREATE TABLE otel_logs
(
    Timestamp DateTime64(9), TraceId String, SpanId String, TraceFlags UInt8, SeverityText LowCardinality(String),
    SeverityNumber UInt8, ServiceName LowCardinality(String), Body String,
    ResourceAttributes JSON, ScopeName String,
    LogAttributes JSON, EventName String
)
ENGINE = MergeTree PARTITION BY toDate(Timestamp)
ORDER BY (toStartOfFiveMinutes(Timestamp), ServiceName, Timestamp);
INSERT INTO otel_logs SELECT Timestamp, TraceId, SpanId, TraceFlags, SeverityText, SeverityNumber, ServiceName, Body,
    toJSONString(ResourceAttributes)::JSON, ScopeName, toJSONString(LogAttributes)::JSON, EventName FROM `{base}`.otel_logs;
CREATE TABLE otel_traces
(
    Timestamp DateTime64(9), TraceId String, SpanId String, ParentSpanId String, TraceState String,
    SpanName LowCardinality(String), SpanKind LowCardinality(String), ServiceName LowCardinality(String),
    ResourceAttributes JSON, SpanAttributes JSON, Duration UInt64, StatusCode LowCardinality(String),
    StatusMessage String,
    Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes JSON),
    Links Nested (TraceId String, SpanId String, TraceState String, Attributes JSON)
)
ENGINE = MergeTree PARTITION BY toDate(Timestamp) ORDER BY (ServiceName, SpanName, toDateTime(Timestamp));
INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, ResourceAttributes,
    SpanAttributes, Duration, StatusCode, StatusMessage, Events.Timestamp, Events.Name, Events.Attributes)
SELECT Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName,
    toJSONString(ResourceAttributes)::JSON, toJSONString(SpanAttributes)::JSON, Duration, StatusCode, StatusMessage,
    Events.Timestamp, Events.Name, arrayMap(item -> toJSONString(item)::JSON, Events.Attributes)
FROM `{base}`.otel_traces;
CREATE TABLE otel_metrics_gauge
(
    ResourceAttributes JSON, ScopeName String, ServiceName LowCardinality(String),
    MetricName LowCardinality(String), MetricUnit LowCardinality(String), Attributes JSON,
    StartTimeUnix DateTime, TimeUnix DateTime, Value Float64
)
ENGINE = MergeTree PARTITION BY toDate(TimeUnix)
ORDER BY (ServiceName, MetricName, toStartOfHour(TimeUnix), TimeUnix);
INSERT INTO otel_metrics_gauge SELECT toJSONString(ResourceAttributes)::JSON, ScopeName, ServiceName, MetricName, MetricUnit, toJSONString(Attributes)::JSON,
    StartTimeUnix, TimeUnix, Value FROM `{base}`.otel_metrics_gauge;
CREATE TABLE otel_metrics_sum
(
    ResourceAttributes JSON, ScopeName String, ServiceName LowCardinality(String),
    MetricName LowCardinality(String), MetricUnit LowCardinality(String), Attributes JSON,
    StartTimeUnix DateTime, TimeUnix DateTime, Value Float64, AggregationTemporality Int32, IsMonotonic Bool
)
ENGINE = MergeTree PARTITION BY toDate(TimeUnix)
ORDER BY (ServiceName, MetricName, toStartOfHour(TimeUnix), TimeUnix);
INSERT INTO otel_metrics_sum SELECT toJSONString(ResourceAttributes)::JSON, ScopeName, ServiceName, MetricName, MetricUnit, toJSONString(Attributes)::JSON,
    StartTimeUnix, TimeUnix, Value, AggregationTemporality, IsMonotonic FROM `{base}`.otel_metrics_sum;
CREATE TABLE otel_metrics_histogram
(
    ResourceAttributes JSON, ScopeName String, ServiceName LowCardinality(String),
    MetricName LowCardinality(String), MetricUnit LowCardinality(String), Attributes JSON,
    StartTimeUnix DateTime, TimeUnix DateTime, Count UInt64, Sum Float64, BucketCounts Array(UInt64),
    ExplicitBounds Array(Float64), AggregationTemporality Int32
)
ENGINE = MergeTree PARTITION BY toDate(TimeUnix)
ORDER BY (ServiceName, MetricName, toStartOfHour(TimeUnix), TimeUnix);
INSERT INTO otel_metrics_histogram SELECT toJSONString(ResourceAttributes)::JSON, ScopeName, ServiceName, MetricName, MetricUnit, toJSONString(Attributes)::JSON,
    StartTimeUnix, TimeUnix, Count, Sum, BucketCounts, ExplicitBounds, AggregationTemporality
    FROM `{base}`.otel_metrics_histogram;
