-- Purpose: from which minute on the rollup knows every line; the smallest value counts, so that a backfill can move it back step by step.
CREATE TABLE IF NOT EXISTS kulprit_rollup_coverage{{ on_cluster }}
(
    `covered_from` DateTime('UTC'),
    `recorded_at` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {{ engine_of("MergeTree") }}
ORDER BY recorded_at
