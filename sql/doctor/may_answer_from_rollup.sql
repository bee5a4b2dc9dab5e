-- Purpose: whether the user may answer from the minute rollup. One line a privilege.
-- Reads:
CHECK GRANT
    SELECT ON {{ logs.table | ident }},
    SELECT ON metric_log_streams,
    SELECT, dictGet ON kulprit_*,
    SELECT ON system.parts
