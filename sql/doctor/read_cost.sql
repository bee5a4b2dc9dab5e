-- Purpose: how much of the log table a statement about a window would read, by the table's keys. Reads no row.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
-- Columns:
--   granules UInt64  granules, of some thousands of rows each
--   rows UInt64  the rows in them
-- Reads: {{ logs.table | name }}
SELECT sum(marks) AS granules, sum(rows) AS rows
FROM
(
    EXPLAIN ESTIMATE
    SELECT count()
    FROM {{ source("logs") }}
    WHERE {{ logs.timestamp | ident }} >= {from:DateTime64(9, 'UTC')}
      AND {{ logs.timestamp | ident }} < {to:DateTime64(9, 'UTC')}
      {{- pruned("logs", "{from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
)
