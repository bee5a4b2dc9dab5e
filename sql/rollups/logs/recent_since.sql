-- Purpose: since when the newest so many lines were written, to the minute.
-- Params:
--   lines UInt64  how many lines
-- Columns:
--   since DateTime('UTC')  the minute; 1970 for an empty table
-- Reads: {{ logs.table | name }}
SELECT min(minute) AS since
FROM
(
    SELECT minute, sum(lines) OVER (ORDER BY minute DESC) - lines AS newer
    FROM
    (
        SELECT toStartOfMinute(toDateTime({{ logs.timestamp | ident }}, 'UTC')) AS minute, count() AS lines
        FROM {{ source("logs") }}
        GROUP BY minute
    )
)
WHERE newer < {lines:UInt64}
