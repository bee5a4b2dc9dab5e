-- Purpose: records that the rollup of requests is to be filled in anew, since it counted by other rules.
-- Reads:
INSERT INTO kulprit_request_coverage (covered_from)
SELECT toDateTime(4294967295, 'UTC')
