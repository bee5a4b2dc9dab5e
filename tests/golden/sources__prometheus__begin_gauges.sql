-- Purpose: a table with nothing in it, for the gauges that it reads of Prometheus. Kept for one question in a
--   session.
-- Params:
-- Columns:
-- Reads:
CREATE OR REPLACE TEMPORARY TABLE otel_metrics_gauge
(
    ServiceName LowCardinality(String),
    MetricName LowCardinality(String),
    MetricUnit String,
    ScopeName String,
    ResourceAttributes Map(LowCardinality(String), String),
    Attributes Map(LowCardinality(String), String),
    StartTimeUnix DateTime64(9, 'UTC'),
    TimeUnix DateTime64(9, 'UTC'),
    Flags UInt32,
    Value Float64
)
