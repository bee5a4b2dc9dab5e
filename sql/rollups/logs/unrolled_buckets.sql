-- Purpose: the ten-minute buckets of log lines that came before the rollup began, newest first.
-- Params:
--   from DateTime64(9, 'UTC')  the earliest line to look at
--   covered_from DateTime64(9, 'UTC')  the minute from which on the rollup knows every line
-- Columns:
--   bucket DateTime('UTC')  the bucket's first minute
--   lines UInt64  lines in it
-- Reads: {{ logs.table | name }}
SELECT
    toStartOfInterval(toDateTime({{ logs.timestamp | ident }}, 'UTC'), toIntervalMinute(10)) AS bucket,
    count() AS lines
FROM {{ source("logs") }}
WHERE {{ logs.timestamp | ident }} >= {from:DateTime64(9, 'UTC')}
    AND {{ logs.timestamp | ident }} < {covered_from:DateTime64(9, 'UTC')}
        {{- pruned("logs", "{from:DateTime64(9, 'UTC')}", "{covered_from:DateTime64(9, 'UTC')}") }}
GROUP BY bucket
ORDER BY bucket DESC
