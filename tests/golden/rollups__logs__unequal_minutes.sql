-- Purpose: the minutes in which the rollup has another number of lines of some service than the log table.
-- Params:
--   from DateTime('UTC')  the first minute to look at
--   to DateTime('UTC')  the minute to stop before
-- Columns:
--   minute UInt32  a minute, in seconds since 1970
-- Reads: kulprit_log_minutes, otel_logs
SELECT DISTINCT toUInt32(minute) AS minute
FROM
(
    SELECT service, minute
    FROM
    (
        SELECT
            `ServiceName`::String AS service,
            toStartOfMinute(toDateTime(`Timestamp`, 'UTC')) AS minute,
            toInt64(count()) AS lines
        FROM `otel_logs`
        WHERE `Timestamp` >= {from:DateTime('UTC')}
          AND `Timestamp` < {to:DateTime('UTC')}
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes({from:DateTime('UTC')})
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes({to:DateTime('UTC')})
        GROUP BY service, minute

        UNION ALL

        SELECT service::String AS service, minute, -rolled AS lines
        FROM kulprit_log_minutes
        WHERE minute >= {from:DateTime('UTC')} AND minute < {to:DateTime('UTC')}
    )
    GROUP BY service, minute
    HAVING sum(lines) != 0
)
ORDER BY minute
