-- Purpose: when the first and the last span began.
-- Columns:
--   spans UInt64  how many there are
--   oldest DateTime('UTC')  the first
--   newest DateTime('UTC')  the last
-- Reads: otel_traces
SELECT count() AS spans, toDateTime(min(Timestamp), 'UTC') AS oldest, toDateTime(max(Timestamp), 'UTC') AS newest
FROM otel_traces
