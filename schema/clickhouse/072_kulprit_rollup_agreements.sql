-- Purpose: when a rollup was last found to count exactly the parts that its table has.
CREATE TABLE IF NOT EXISTS kulprit_rollup_agreements{{ on_cluster }}
(
    `rollup` LowCardinality(String),
    `agreed_at` SimpleAggregateFunction(max, DateTime64(3, 'UTC'))
)
ENGINE = {{ engine_of("AggregatingMergeTree") }}
ORDER BY rollup
