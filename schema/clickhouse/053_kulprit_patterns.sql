-- Purpose: the patterns: template text, and for an id that is no longer in use the one that took over.
CREATE TABLE IF NOT EXISTS kulprit_patterns{{ on_cluster }}
(
    `pattern_id` UInt64,
    `template` String CODEC(ZSTD(1)),
    `name` String COMMENT 'of a pattern made by hand in the configuration',
    `ignored` UInt8 COMMENT 'by a rule of the configuration',
    `replaced_by` UInt64 COMMENT '0 while the pattern is in use',
    `updated_at` DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = {{ engine_of("ReplacingMergeTree", "updated_at") }}
ORDER BY pattern_id
