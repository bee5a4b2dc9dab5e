-- Purpose: no lines, in the place of those that could not be read.
-- Params:
-- Columns:
-- Reads:
CREATE OR REPLACE TEMPORARY TABLE otel_logs
(
    Timestamp DateTime64(9, 'UTC'),
    TraceId String,
    SpanId String,
    SeverityText LowCardinality(String),
    SeverityNumber UInt8,
    ServiceName LowCardinality(String),
    Body String,
    ResourceAttributes Map(LowCardinality(String), String),
    LogAttributes Map(LowCardinality(String), String)
)
