-- Purpose: the ten-minute buckets of log lines that came before the rollup began, newest first.
-- Params:
--   from DateTime64(9, 'UTC')  the earliest line to look at
--   covered_from DateTime64(9, 'UTC')  the minute from which on the rollup knows every line
-- Columns:
--   bucket DateTime('UTC')  the bucket's first minute
--   lines UInt64  lines in it
-- Reads: otel_logs
SELECT
    toStartOfInterval(toDateTime(`Timestamp`, 'UTC'), toIntervalMinute(10)) AS bucket,
    count() AS lines
FROM `otel_logs`
WHERE `Timestamp` >= {from:DateTime64(9, 'UTC')}
    AND `Timestamp` < {covered_from:DateTime64(9, 'UTC')}
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes({from:DateTime64(9, 'UTC')})
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes({covered_from:DateTime64(9, 'UTC')})
GROUP BY bucket
ORDER BY bucket DESC
