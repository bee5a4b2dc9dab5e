-- Purpose: a table with nothing in it, for what the counters of Prometheus say of requests. Kept for one question
--   in a session.
-- Params:
-- Columns:
-- Reads:
CREATE OR REPLACE TEMPORARY TABLE kulprit_metered_minutes
(
    service LowCardinality(String),
    minute DateTime('UTC'),
    requests Float64,
    errors Float64
)
ENGINE = ReplacingMergeTree
ORDER BY (service, minute)
