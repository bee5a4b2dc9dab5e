-- Purpose: every message shape that a service has logged: its masked text, two real messages of it, and when it was seen.
-- The least and the greatest message are kept because they do not depend on the order in which rows arrive.
CREATE TABLE IF NOT EXISTS kulprit_shapes{{ on_cluster }}
(
    `service` LowCardinality(String),
    `shape_id` UInt64,
    `text` SimpleAggregateFunction(min, String) CODEC(ZSTD(1)),
    `sample_min` SimpleAggregateFunction(min, String) CODEC(ZSTD(1)),
    `sample_max` SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
    `first_seen` SimpleAggregateFunction(min, DateTime64(9, 'UTC')),
    `last_seen` SimpleAggregateFunction(max, DateTime64(9, 'UTC'))
)
ENGINE = {{ engine_of("AggregatingMergeTree") }}
ORDER BY (service, shape_id)
SETTINGS index_granularity = 256
