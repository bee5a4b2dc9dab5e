-- Purpose: one trace with the column names that Grafana's ClickHouse data source draws as a trace.
-- Params:
--   trace_id String  the trace
--   from DateTime64(9, 'UTC')  a time before its first span
--   to DateTime64(9, 'UTC')  a time after its last span has begun
-- Columns:
--   traceID String  the trace
--   spanID String  the span
--   parentSpanID String  its parent; empty for none
--   serviceName String  whose span it is
--   operationName String  what it is called
--   startTime Float64  when it began, in milliseconds since 1970
--   duration Float64  how long it took, in milliseconds
--   tags Array(Map(String, String))  its attributes, each with key and value
-- Reads: otel_traces
SELECT
    TraceId AS traceID,
    SpanId AS spanID,
    ParentSpanId AS parentSpanID,
    ServiceName::String AS serviceName,
    SpanName::String AS operationName,
    toUnixTimestamp64Nano(Timestamp) / 1e6 AS startTime,
    {% include "_spans/duration.sql" %} / 1e6 AS duration,
    arrayMap(key -> map('key', key::String, 'value', SpanAttributes[key]), mapKeys(SpanAttributes)) AS tags
FROM {{ source("otel_traces") }}
WHERE TraceId = {trace_id:String}
  AND Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
      {{- pruned("otel_traces", "{from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
ORDER BY Timestamp
