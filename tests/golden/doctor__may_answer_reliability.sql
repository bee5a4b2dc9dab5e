-- Purpose: whether the user may read what health, objectives, traces and root causes are computed from. One line a
--   privilege.
-- Reads:
CHECK GRANT
    SELECT ON `otel_logs`,
    SELECT ON otel_traces*,
    SELECT ON otel_metrics_*,
    SELECT, dictGet ON kulprit_*
