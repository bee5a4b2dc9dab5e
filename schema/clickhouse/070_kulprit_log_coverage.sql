-- Purpose: from which minute on the rollup knows every line; the smallest value counts, so that a backfill can move it back step by step.
-- It counts for one version of kulprit_shape: another gives lines other shapes, so its rollup begins anew, and a backfill rolls what is there again.
CREATE TABLE IF NOT EXISTS kulprit_log_coverage{{ on_cluster }}
(
    `covered_from` DateTime('UTC'),
    `shape_version` UInt64 COMMENT 'the version of kulprit_shape whose shapes are counted',
    `recorded_at` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {{ engine_of("MergeTree") }}
ORDER BY (shape_version, recorded_at)
