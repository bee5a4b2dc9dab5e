-- Purpose: the services that have left log lines in a window, from the log table: for what the rollup does not count.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
-- Columns:
--   service String  the service
-- Reads: otel_logs
SELECT DISTINCT `ServiceName`::String AS service
FROM `otel_logs`
WHERE `Timestamp` >= {from:DateTime64(9, 'UTC')}
    AND `Timestamp` < {to:DateTime64(9, 'UTC')}
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes({from:DateTime64(9, 'UTC')})
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes({to:DateTime64(9, 'UTC')})
    AND service != ''
ORDER BY service
