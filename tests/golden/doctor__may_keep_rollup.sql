-- Purpose: whether the user may keep the minute rollup up to date and set mappings. One line a privilege.
-- Reads:
CHECK GRANT
    SELECT ON `otel_logs`,
    SELECT, INSERT ON kulprit_log_minutes,
    SELECT, INSERT ON kulprit_rollup_coverage,
    SELECT, INSERT ON metric_log_streams,
    INSERT ON kulprit_shapes,
    dictGet ON kulprit_shape_dictionary
