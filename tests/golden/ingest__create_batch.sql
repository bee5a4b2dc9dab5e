-- Purpose: a temporary table for a batch that was sent before, parted as the table that it belongs in.
-- Params:
-- Reads:
CREATE TEMPORARY TABLE kulprit_batch AS `otel_logs`
ENGINE = MergeTree
PARTITION BY toDate(Timestamp)
ORDER BY tuple()
