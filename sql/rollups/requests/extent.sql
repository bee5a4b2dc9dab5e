-- Purpose: when the first and the last span began.
-- Columns:
--   rows UInt64  the number of spans
--   oldest DateTime64(9, 'UTC')  the earliest timestamp; 1970 when there are none
--   newest DateTime64(9, 'UTC')  the latest timestamp; 1970 when there are none
-- Reads: otel_traces
SELECT
    count() AS rows,
    toDateTime64(min(Timestamp), 9, 'UTC') AS oldest,
    toDateTime64(max(Timestamp), 9, 'UTC') AS newest
FROM {{ source("otel_traces") }}
