-- Purpose: when the first and the last span began from some time on.
-- Params:
--   since DateTime64(9, 'UTC')  the time
-- Columns:
--   rows UInt64  the number of spans
--   oldest DateTime64(9, 'UTC')  the earliest; 1970 when there are none
--   newest DateTime64(9, 'UTC')  the latest; 1970 when there are none
-- Reads: otel_traces
SELECT
    count() AS rows,
    toDateTime64(min(Timestamp), 9, 'UTC') AS oldest,
    toDateTime64(max(Timestamp), 9, 'UTC') AS newest
FROM otel_traces
WHERE Timestamp >= {since:DateTime64(9, 'UTC')}
