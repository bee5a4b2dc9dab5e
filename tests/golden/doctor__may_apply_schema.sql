-- Purpose: whether the user may create Kulprit's tables, views and dictionaries. One line a privilege. The view on
--   the spans goes on writing as this user, and the dictionaries go on reading as this user.
-- Reads:
CHECK GRANT
    CREATE TABLE, CREATE VIEW, CREATE DICTIONARY ON *,
    TABLE ENGINE ON MergeTree,
    TABLE ENGINE ON SummingMergeTree,
    TABLE ENGINE ON AggregatingMergeTree,
    TABLE ENGINE ON ReplacingMergeTree,
    SELECT ON `otel_logs`,
    SELECT ON otel_traces,
    SELECT, INSERT ON otel_traces_trace_id_ts,
    SELECT, INSERT ON kulprit_*,
    SYSTEM RELOAD DICTIONARY ON *.*
