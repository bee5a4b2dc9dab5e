-- Purpose: from which minute on the rollup knows every line; no step recorded means that it knows none.
-- Params:
--   shape_version UInt64  the version of kulprit_shape whose shapes are to be counted
-- Columns:
--   steps UInt64  how many times the minute was set
--   covered_from DateTime('UTC')  the minute
-- Reads: kulprit_log_coverage
SELECT count() AS steps, min(covered_from) AS covered_from
FROM kulprit_log_coverage
WHERE shape_version = {shape_version:UInt64}
