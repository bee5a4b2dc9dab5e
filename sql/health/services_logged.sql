-- Purpose: the services that have left log lines in a window, from the log table: for what the rollup does not count.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
-- Columns:
--   service String  the service
-- Reads: {{ logs.table | name }}
SELECT DISTINCT {{ logs.service | ident }}::String AS service
FROM {{ source("logs") }}
WHERE {{ logs.timestamp | ident }} >= {from:DateTime64(9, 'UTC')}
    AND {{ logs.timestamp | ident }} < {to:DateTime64(9, 'UTC')}
    {{- pruned("logs", "{from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
    AND service != ''
ORDER BY service
