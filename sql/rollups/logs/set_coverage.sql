-- Purpose: records from which minute on the rollup knows every line.
-- Params:
--   covered_from DateTime('UTC')  the minute
-- Reads:
-- Calls:
INSERT INTO kulprit_rollup_coverage (covered_from)
SELECT {covered_from:DateTime('UTC')}
