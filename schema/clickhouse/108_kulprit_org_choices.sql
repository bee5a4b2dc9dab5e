-- Purpose: what the people of an org have decided about a pattern, for their org alone: to leave it out of rankings, to call it by a name.
-- The newest row wins.
CREATE TABLE IF NOT EXISTS kulprit_org_choices{{ on_cluster }}
(
    `org` String,
    `pattern_id` UInt64,
    `ignored` UInt8,
    `name` String,
    `pattern` String COMMENT 'its text when somebody decided about it',
    `updated_at` DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = {{ engine_of("ReplacingMergeTree", "updated_at") }}
ORDER BY (org, pattern_id)
