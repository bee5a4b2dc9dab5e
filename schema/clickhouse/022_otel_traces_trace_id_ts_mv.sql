-- Purpose: fills otel_traces_trace_id_ts from the spans, as the exporter's own view does.
CREATE MATERIALIZED VIEW IF NOT EXISTS otel_traces_trace_id_ts_mv{{ on_cluster }} TO otel_traces_trace_id_ts AS
SELECT TraceId, min(Timestamp) AS Start, max(Timestamp) AS End
FROM otel_traces
WHERE TraceId != ''
GROUP BY TraceId
