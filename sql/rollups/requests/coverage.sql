-- Purpose: from which minute on the rollup of requests knows every span; no step recorded means that it knows none. A
--   step to the last minute of all voids those before it: what was counted by other rules is to be counted again.
-- Columns:
--   steps UInt64  how many times the minute was set
--   covered_from DateTime('UTC')  the minute
-- Reads: kulprit_request_coverage
WITH toDateTime(4294967295, 'UTC') AS voided
SELECT countIf(step != voided) AS steps, minIf(step, step != voided) AS covered_from
FROM (SELECT covered_from AS step, recorded_at FROM kulprit_request_coverage)
WHERE recorded_at >= (SELECT max(recorded_at) FROM kulprit_request_coverage WHERE covered_from = voided)
