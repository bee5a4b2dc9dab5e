-- Purpose: records from which minute on the rollup of requests knows every span.
-- Params:
--   covered_from DateTime('UTC')  the minute
-- Reads:
INSERT INTO kulprit_request_coverage (covered_from)
SELECT {covered_from:DateTime('UTC')}
