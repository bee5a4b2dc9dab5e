-- Purpose: how many log lines there are in a window and in the history before it, which decides how many can be read.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the history before the window
-- Columns:
--   current_count UInt64  lines in the window
--   history_count UInt64  lines in the history
-- Reads: otel_logs
SELECT
    countIf(`Timestamp` >= {from:DateTime64(9, 'UTC')}) AS current_count,
    toUInt64(count() - current_count) AS history_count
FROM `otel_logs`
WHERE `Timestamp` >= {history_from:DateTime64(9, 'UTC')}
    AND `Timestamp` < {to:DateTime64(9, 'UTC')}
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes({history_from:DateTime64(9, 'UTC')})
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes({to:DateTime64(9, 'UTC')})
