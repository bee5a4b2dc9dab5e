-- Purpose: which parts of a table a rollup has counted. A part that is in the table and not here, or here and not in the table, is a change
-- that the rollup has not counted yet. Nothing hangs on the owner's table for that: no INSERT can fail for it.
CREATE TABLE IF NOT EXISTS kulprit_rolled_parts{{ on_cluster }}
(
    `rollup` LowCardinality(String),
    `part` String CODEC(ZSTD(1)),
    `content` String COMMENT 'a hash of its files: a part of the same content has the same rows' CODEC(ZSTD(1)),
    `partition_id` String CODEC(ZSTD(1)),
    `min_block` Int64,
    `max_block` Int64,
    `level` UInt32,
    `mutation` UInt64 COMMENT 'the last mutation of it; 0 for none',
    `rows` UInt64,
    `first_minute` DateTime('UTC') COMMENT 'of its rows; 1970 where it has none',
    `last_minute` DateTime('UTC'),
    `known` Int64 COMMENT 'positive while the rollup counts it'
)
ENGINE = {{ engine_of("SummingMergeTree", "known") }}
ORDER BY (rollup, part, content)
