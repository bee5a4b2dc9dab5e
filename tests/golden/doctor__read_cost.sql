-- Purpose: how much of the log table a statement about a window would read, by the table's keys. Reads no row.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
-- Columns:
--   granules UInt64  granules, of some thousands of rows each
--   rows UInt64  the rows in them
-- Reads: otel_logs
SELECT sum(marks) AS granules, sum(rows) AS rows
FROM
(
    EXPLAIN ESTIMATE
    SELECT count()
    FROM `otel_logs`
    WHERE `Timestamp` >= {from:DateTime64(9, 'UTC')}
      AND `Timestamp` < {to:DateTime64(9, 'UTC')}
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes({from:DateTime64(9, 'UTC')})
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes({to:DateTime64(9, 'UTC')})
)
