-- Purpose: how many lines the log table has, and when the first and the last was written.
-- Columns:
--   rows UInt64  the number of lines
--   oldest DateTime64(9, 'UTC')  the earliest timestamp; 1970 when there are none
--   newest DateTime64(9, 'UTC')  the latest timestamp; 1970 when there are none
-- Reads: {{ logs.table | name }}
SELECT
    count() AS rows,
    toDateTime64(min({{ logs.timestamp | ident }}), 9, 'UTC') AS oldest,
    toDateTime64(max({{ logs.timestamp | ident }}), 9, 'UTC') AS newest
FROM {{ source("logs") }}
