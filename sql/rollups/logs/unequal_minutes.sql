-- Purpose: the minutes in which the rollup has another number of lines of some service than the log table.
-- Params:
--   from DateTime('UTC')  the first minute to look at
--   to DateTime('UTC')  the minute to stop before
-- Columns:
--   minute UInt32  a minute, in seconds since 1970
-- Reads: kulprit_log_minutes, {{ logs.table | name }}
SELECT DISTINCT toUInt32(minute) AS minute
FROM
(
    SELECT service, minute
    FROM
    (
        SELECT
            {{ logs.service | ident }}::String AS service,
            toStartOfMinute(toDateTime({{ logs.timestamp | ident }}, 'UTC')) AS minute,
            toInt64(count()) AS lines
        FROM {{ source("logs") }}
        WHERE {{ logs.timestamp | ident }} >= {from:DateTime('UTC')}
          AND {{ logs.timestamp | ident }} < {to:DateTime('UTC')}
            {{- pruned("logs", "{from:DateTime('UTC')}", "{to:DateTime('UTC')}") }}
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
