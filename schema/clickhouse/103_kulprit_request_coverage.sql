-- Purpose: from which minute on the rollup of requests knows every span; the smallest value counts, so that a backfill can move it back step by step.
CREATE TABLE IF NOT EXISTS kulprit_request_coverage{{ on_cluster }}
(
    `covered_from` DateTime('UTC'),
    `recorded_at` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {{ engine_of("MergeTree") }}
ORDER BY recorded_at
