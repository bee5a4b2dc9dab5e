-- Purpose: whether the user may keep the minute rollup and the patterns up to date, and set mappings. One line a
--   privilege.
-- Reads:
CHECK GRANT
    SELECT ON `otel_logs`,
    SELECT, INSERT ON metric_log_streams,
    SELECT, INSERT, dictGet ON kulprit_*,
    SELECT ON system.parts,
    ALTER DELETE ON kulprit_shapes,
    SYSTEM RELOAD DICTIONARY ON *.*
