-- Purpose: the pattern that each shape belongs to. The newest row of a shape wins, so that a better catalog re-labels history
-- without touching a log row.
CREATE TABLE IF NOT EXISTS kulprit_shape_patterns{{ on_cluster }}
(
    `shape_id` UInt64,
    `pattern_id` UInt64,
    `updated_at` DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = {{ engine_of("ReplacingMergeTree", "updated_at") }}
ORDER BY shape_id
