-- Purpose: the minute rollup: per service and minute, how many lines each shape has. Which lines are in it is known by the parts of the log
-- table that were counted (kulprit_rolled_parts).
--
-- Rows outlive the log lines by a day, so that no line is in the log table that the rollup has forgotten.
CREATE TABLE IF NOT EXISTS kulprit_log_minutes{{ on_cluster }}
(
    `service` LowCardinality(String),
    `minute` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `rolled` Int64 COMMENT 'the sum of shapesMap.lines' CODEC(ZSTD(1)),
    `roll_mark` Int64 COMMENT 'each roll adds a number of its own to one row, so that it can tell whether it was the one that counted' CODEC(ZSTD(1)),
    `shapesMap` Nested (
        shape_id UInt64,
        lines Int64
    ) CODEC(ZSTD(1))
)
ENGINE = {{ engine_of("SummingMergeTree") }}
ORDER BY (service, minute)
{% if retention.logs_days %}TTL minute + toIntervalDay({{ retention.logs_days + 1 }}){% endif %}
SETTINGS index_granularity = 64, non_replicated_deduplication_window = 10000
