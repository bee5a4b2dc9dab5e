CREATE TABLE `layouts-lines`.`lines.v1`
(
    `time` UInt64, `text` Nullable(String), `level` LowCardinality(Nullable(String)), `trace id` String,
    `resource` JSON, `labels` String, `numbers` Map(String, Float64)
)
ENGINE = MergeTree PARTITION BY toDate(`time` / 1000000000) ORDER BY `time`;
INSERT INTO `layouts-lines`.`lines.v1` SELECT toUnixTimestamp64Nano(Timestamp), Body, SeverityText, TraceId,
    toJSONString(ResourceAttributes)::JSON, toJSONString(LogAttributes), map()
FROM `{base}`.otel_logs;
CREATE TABLE `layouts-lines`.hosts (`timestamp` DateTime, host LowCardinality(String), message Nullable(String))
ENGINE = MergeTree ORDER BY (host, timestamp);
INSERT INTO `layouts-lines`.hosts SELECT Timestamp, ServiceName, Body FROM `{base}`.otel_logs;
CREATE TABLE otel_traces AS `{base}`.otel_traces;
INSERT INTO otel_traces SELECT * FROM `{base}`.otel_traces;
CREATE TABLE otel_metrics_gauge AS `{base}`.otel_metrics_gauge;
INSERT INTO otel_metrics_gauge SELECT * FROM `{base}`.otel_metrics_gauge;
CREATE TABLE otel_metrics_sum AS `{base}`.otel_metrics_sum;
INSERT INTO otel_metrics_sum SELECT * FROM `{base}`.otel_metrics_sum;
CREATE TABLE otel_metrics_histogram AS `{base}`.otel_metrics_histogram;
INSERT INTO otel_metrics_histogram SELECT * FROM `{base}`.otel_metrics_histogram
