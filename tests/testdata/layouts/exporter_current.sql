CREATE TABLE otel_logs
(
    Timestamp DateTime64(9), TraceId String, SpanId String, TraceFlags UInt8, SeverityText LowCardinality(String),
    SeverityNumber UInt8, ServiceName LowCardinality(String), Body String,
    ResourceAttributes Map(LowCardinality(String), String), ScopeName String,
    LogAttributes Map(LowCardinality(String), String), EventName String
)
ENGINE = MergeTree PARTITION BY toDate(Timestamp)
ORDER BY (toStartOfFiveMinutes(Timestamp), ServiceName, Timestamp);
INSERT INTO otel_logs SELECT Timestamp, TraceId, SpanId, TraceFlags, SeverityText, SeverityNumber, ServiceName, Body,
    ResourceAttributes, ScopeName, LogAttributes, EventName FROM `{base}`.otel_logs;
CREATE TABLE otel_traces AS `{base}`.otel_traces;
INSERT INTO otel_traces SELECT * FROM `{base}`.otel_traces;
CREATE TABLE otel_metrics_gauge
(
    ResourceAttributes Map(LowCardinality(String), String), ScopeName String, ServiceName LowCardinality(String),
    MetricName LowCardinality(String), MetricUnit LowCardinality(String), Attributes Map(LowCardinality(String), String),
    StartTimeUnix DateTime, TimeUnix DateTime, Value Float64
)
ENGINE = MergeTree PARTITION BY toDate(TimeUnix)
ORDER BY (ServiceName, MetricName, toStartOfHour(TimeUnix), cityHash64(Attributes), TimeUnix);
INSERT INTO otel_metrics_gauge SELECT ResourceAttributes, ScopeName, ServiceName, MetricName, MetricUnit, Attributes,
    StartTimeUnix, TimeUnix, Value FROM `{base}`.otel_metrics_gauge;
CREATE TABLE otel_metrics_sum
(
    ResourceAttributes Map(LowCardinality(String), String), ScopeName String, ServiceName LowCardinality(String),
    MetricName LowCardinality(String), MetricUnit LowCardinality(String), Attributes Map(LowCardinality(String), String),
    StartTimeUnix DateTime, TimeUnix DateTime, Value Float64, AggregationTemporality Int32, IsMonotonic Bool
)
ENGINE = MergeTree PARTITION BY toDate(TimeUnix)
ORDER BY (ServiceName, MetricName, toStartOfHour(TimeUnix), cityHash64(Attributes), TimeUnix);
INSERT INTO otel_metrics_sum SELECT ResourceAttributes, ScopeName, ServiceName, MetricName, MetricUnit, Attributes,
    StartTimeUnix, TimeUnix, Value, AggregationTemporality, IsMonotonic FROM `{base}`.otel_metrics_sum;
CREATE TABLE otel_metrics_histogram
(
    ResourceAttributes Map(LowCardinality(String), String), ScopeName String, ServiceName LowCardinality(String),
    MetricName LowCardinality(String), MetricUnit LowCardinality(String), Attributes Map(LowCardinality(String), String),
    StartTimeUnix DateTime, TimeUnix DateTime, Count UInt64, Sum Float64, BucketCounts Array(UInt64),
    ExplicitBounds Array(Float64), AggregationTemporality Int32
)
ENGINE = MergeTree PARTITION BY toDate(TimeUnix)
ORDER BY (ServiceName, MetricName, toStartOfHour(TimeUnix), cityHash64(Attributes), TimeUnix);
INSERT INTO otel_metrics_histogram SELECT ResourceAttributes, ScopeName, ServiceName, MetricName, MetricUnit, Attributes,
    StartTimeUnix, TimeUnix, Count, Sum, BucketCounts, ExplicitBounds, AggregationTemporality
    FROM `{base}`.otel_metrics_histogram;
