-- Purpose: how many spans were read of Tempo.
-- Params:
-- Columns:
--   spans UInt64  how many spans there are in the session's table
-- Reads: otel_traces
SELECT count() AS spans
FROM otel_traces
