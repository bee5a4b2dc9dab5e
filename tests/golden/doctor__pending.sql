-- Purpose: how many cells of the minute rollup (a service's minute) have lines that are not rolled up yet.
-- Params:
--   covered_from DateTime('UTC')  the minute from which on the rollup is to know every line
-- Columns:
--   cells UInt64  pending cells
--   minutes UInt64  the minutes that they lie in
--   oldest DateTime('UTC')  the earliest of these minutes; 1970 when there are none
-- Reads: kulprit_log_minutes
SELECT
    count() AS cells,
    uniqExact(minute) AS minutes,
    min(minute) AS oldest
FROM
(
    SELECT service::String AS service, minute
    FROM kulprit_log_minutes
    WHERE minute >= {covered_from:DateTime('UTC')}
    GROUP BY service, minute
    HAVING sum(ledger) != 0
)
