-- Purpose: the minute rollup: per service and minute, how many lines each shape has.
--
-- The view on the log table credits the ledger (lines arrived, weighted by a hash of the minute), rolling a minute debits it
-- by the same weight for every line that it has given a shape. So a set of minutes is exact when its ledger sums to zero, and
-- a statement can check that in the same scan that reads the counts.
--
-- Rows outlive the log lines by a day, so that no line is in the log table that the rollup has forgotten.
-- No partitions and no limit on parts: a write into this table must never make an INSERT into the log table fail.
CREATE TABLE IF NOT EXISTS kulprit_log_minutes{{ on_cluster }}
(
    `service` LowCardinality(String),
    `minute` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `ledger` Int64 COMMENT 'zero where every line that arrived is rolled up' CODEC(ZSTD(1)),
    `rolled` Int64 COMMENT 'the sum of shapesMap.lines' CODEC(ZSTD(1)),
    `shapesMap` Nested (
        shape_id UInt64,
        lines Int64
    ) CODEC(ZSTD(1))
)
ENGINE = {{ engine_of("SummingMergeTree") }}
ORDER BY (service, minute)
{% if retention.logs_days %}TTL minute + toIntervalDay({{ retention.logs_days + 1 }}){% endif %}
SETTINGS index_granularity = 64, non_replicated_deduplication_window = 10000, parts_to_delay_insert = 1000000, parts_to_throw_insert = 1000000, max_parts_in_total = 10000000
