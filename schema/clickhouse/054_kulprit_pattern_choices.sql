-- Purpose: what people have decided about a pattern: to leave it out of rankings, to call it by a name. The newest row wins.
CREATE TABLE IF NOT EXISTS kulprit_pattern_choices{{ on_cluster }}
(
    `pattern_id` UInt64,
    `ignored` UInt8,
    `name` String,
    `updated_at` DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = {{ engine_of("ReplacingMergeTree", "updated_at") }}
ORDER BY pattern_id
