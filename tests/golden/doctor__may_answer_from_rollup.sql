-- Purpose: whether the user may answer from the minute rollup. One line a privilege.
-- Reads:
CHECK GRANT
    SELECT ON `otel_logs`,
    SELECT ON metric_log_streams,
    SELECT, dictGet ON kulprit_*,
    SELECT ON system.parts
