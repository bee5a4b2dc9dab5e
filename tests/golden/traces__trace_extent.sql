-- Purpose: when a trace began and ended, by the exporter's index of traces.
-- Params:
--   trace_id String  the trace
-- Columns:
--   spans UInt64  0 when the index does not know the trace
--   from DateTime('UTC')  the second in which it began
--   to DateTime('UTC')  the second in which its last span began
-- Reads: otel_traces_trace_id_ts
SELECT count() AS spans, toDateTime(min(Start), 'UTC') AS from, toDateTime(max(End), 'UTC') AS to
FROM otel_traces_trace_id_ts
WHERE TraceId = {trace_id:String}
