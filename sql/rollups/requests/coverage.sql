-- Purpose: from which minute on the rollup of requests knows every span; no step recorded means that it knows none.
-- Columns:
--   steps UInt64  how many times the minute was set
--   covered_from DateTime('UTC')  the minute
-- Reads: kulprit_request_coverage
SELECT count() AS steps, min(covered_from) AS covered_from
FROM kulprit_request_coverage
