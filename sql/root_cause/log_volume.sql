-- Purpose: how many log lines there are in a window and in the history before it, which decides how many can be read.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the history before the window
-- Columns:
--   current_count UInt64  lines in the window
--   history_count UInt64  lines in the history
-- Reads: {{ logs.table | name }}
SELECT
    countIf({{ logs.timestamp | ident }} >= {from:DateTime64(9, 'UTC')}) AS current_count,
    toUInt64(count() - current_count) AS history_count
FROM {{ source("logs") }}
WHERE {{ logs.timestamp | ident }} >= {history_from:DateTime64(9, 'UTC')}
    AND {{ logs.timestamp | ident }} < {to:DateTime64(9, 'UTC')}
        {{- pruned("logs", "{history_from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
