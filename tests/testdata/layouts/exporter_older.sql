CREATE TABLE otel_logs
(
    Timestamp DateTime64(9), TimestampTime DateTime DEFAULT toDateTime(Timestamp), TraceId String, SpanId String,
    TraceFlags UInt8, SeverityText LowCardinality(String), SeverityNumber UInt8, ServiceName LowCardinality(String),
    Body String, ResourceAttributes Map(LowCardinality(String), String),
    LogAttributes Map(LowCardinality(String), String)
)
ENGINE = MergeTree PARTITION BY toDate(TimestampTime) PRIMARY KEY (ServiceName, TimestampTime)
ORDER BY (ServiceName, TimestampTime, Timestamp);
INSERT INTO otel_logs (Timestamp, TraceId, SpanId, TraceFlags, SeverityText, SeverityNumber, ServiceName, Body,
    ResourceAttributes, LogAttributes)
SELECT Timestamp, TraceId, SpanId, TraceFlags, SeverityText, SeverityNumber, ServiceName, Body,
    ResourceAttributes, LogAttributes FROM `{base}`.otel_logs;
CREATE TABLE otel_traces AS `{base}`.otel_traces ENGINE = MergeTree PARTITION BY toDate(Timestamp)
ORDER BY (ServiceName, SpanName, toUnixTimestamp(Timestamp), TraceId);
INSERT INTO otel_traces SELECT * FROM `{base}`.otel_traces;
CREATE TABLE otel_metrics_gauge AS `{base}`.otel_metrics_gauge;
INSERT INTO otel_metrics_gauge SELECT * FROM `{base}`.otel_metrics_gauge;
CREATE TABLE otel_metrics_sum AS `{base}`.otel_metrics_sum;
INSERT INTO otel_metrics_sum SELECT * FROM `{base}`.otel_metrics_sum;
CREATE TABLE otel_metrics_histogram AS `{base}`.otel_metrics_histogram;
INSERT INTO otel_metrics_histogram SELECT * FROM `{base}`.otel_metrics_histogram;
