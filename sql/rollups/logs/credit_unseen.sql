-- Purpose: credits the ledger of cells that look rolled up but have another number of lines than the log table: lines
--   of an INSERT that was cut off between the log table and the ledger, and lines that their owner deleted. Rolling
--   then mends the cell.
-- Params:
--   from DateTime('UTC')  the first minute to look at
--   to DateTime('UTC')  the minute to stop before
-- Reads: kulprit_log_minutes, {{ logs.table | name }}
INSERT INTO kulprit_log_minutes (service, minute, ledger)
WITH
    {from:DateTime('UTC')} AS since,
    {to:DateTime('UTC')} AS until
SELECT
    service,
    minute,
    toInt64((sum(stored) - sum(rolled)) * (1 + cityHash64(minute) % 65521)) AS ledger
FROM
(
    SELECT
        {{ logs.service | ident }}::String AS service,
        toStartOfMinute(toDateTime({{ logs.timestamp | ident }}, 'UTC')) AS minute,
        toInt64(count()) AS stored,
        toInt64(0) AS rolled,
        toInt64(0) AS ledger_before
    FROM {{ source("logs") }}
    WHERE {{ logs.timestamp | ident }} >= since AND {{ logs.timestamp | ident }} < until
        {{- pruned("logs", "since", "until") }}
    GROUP BY service, minute

    UNION ALL

    SELECT
        service::String AS service,
        minute,
        toInt64(0) AS stored,
        rolled,
        ledger AS ledger_before
    FROM kulprit_log_minutes
    WHERE minute >= since AND minute < until
)
GROUP BY service, minute
HAVING sum(ledger_before) = 0 AND sum(stored) != sum(rolled)
