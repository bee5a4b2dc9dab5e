-- Purpose: whether the user may answer from the minute rollup. One line a privilege.
-- Reads:
CHECK GRANT
    SELECT ON `otel_logs`,
    SELECT ON kulprit_log_minutes,
    SELECT ON kulprit_rollup_coverage,
    SELECT ON metric_log_streams,
    dictGet ON kulprit_shape_dictionary
