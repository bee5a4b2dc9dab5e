-- Purpose: processor time of each statement since a moment, from the engine's own log.
-- Params:
--   since DateTime64(6, 'UTC')  the moment
SELECT
    multiIf(log_comment != 'bench', log_comment, query LIKE 'SELECT 1 %', 'SELECT 1', 'naive') AS name,
    count() AS times,
    quantile(0.5)((ProfileEvents['UserTimeMicroseconds'] + ProfileEvents['SystemTimeMicroseconds']) / 1e3) AS cpu_ms,
    toUInt64(quantile(0.5)(read_rows)) AS rows
FROM system.query_log
WHERE type = 'QueryFinish' AND event_time_microseconds >= {since:DateTime64(6, 'UTC')} AND query NOT LIKE '%system.query_log%' AND log_comment != ''
GROUP BY name
ORDER BY cpu_ms DESC
