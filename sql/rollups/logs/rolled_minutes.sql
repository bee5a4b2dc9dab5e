-- Purpose: the minutes of a stretch of time for which the rollup has counts.
-- Params:
--   first_minute DateTime('UTC')  the first minute to look at
--   last_minute DateTime('UTC')  the last minute to look at
-- Columns:
--   minute UInt32  a minute, in seconds since 1970
-- Reads: kulprit_log_minutes
SELECT DISTINCT toUInt32(minute) AS minute
FROM kulprit_log_minutes
WHERE minute >= {first_minute:DateTime('UTC')} AND minute <= {last_minute:DateTime('UTC')} AND rolled != 0
ORDER BY minute
