-- Purpose: whether the user may create Kulprit's tables, views and dictionary. One line a privilege. The view that credits
--   arrivals goes on writing as this user, and the dictionary goes on reading as this user.
-- Reads:
CHECK GRANT
    CREATE TABLE, CREATE VIEW, CREATE DICTIONARY ON *,
    TABLE ENGINE ON MergeTree,
    TABLE ENGINE ON SummingMergeTree,
    TABLE ENGINE ON AggregatingMergeTree,
    TABLE ENGINE ON ReplacingMergeTree,
    SELECT ON {{ logs.table | ident }},
    SELECT, INSERT ON kulprit_log_minutes,
    SELECT, INSERT ON kulprit_rollup_coverage,
    SELECT ON kulprit_shapes,
    SELECT ON kulprit_shape_samples,
    SELECT ON otel_traces,
    SELECT, INSERT ON otel_traces_trace_id_ts
