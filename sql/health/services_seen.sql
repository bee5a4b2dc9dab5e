-- Purpose: the services that have left log lines or spans in a window, so that one without requests is shown as unknown
--   rather than left out.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
-- Columns:
--   service String  the service
-- Reads: kulprit_log_minutes, kulprit_request_minutes
SELECT DISTINCT service::String AS service
FROM
(
    SELECT service
    FROM kulprit_log_minutes
    WHERE minute >= {from:DateTime64(9, 'UTC')} AND minute < {to:DateTime64(9, 'UTC')}
    GROUP BY service
    HAVING sum(rolled) > 0
    UNION ALL
    SELECT service FROM kulprit_request_minutes WHERE minute >= {from:DateTime64(9, 'UTC')}
        AND minute < {to:DateTime64(9, 'UTC')}
)
WHERE service != ''
ORDER BY service
