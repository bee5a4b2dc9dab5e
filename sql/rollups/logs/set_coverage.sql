-- Purpose: records from which minute on the rollup knows every line.
-- Params:
--   covered_from DateTime('UTC')  the minute
--   shape_version UInt64  the version of kulprit_shape whose shapes are counted
-- Reads:
-- Calls:
INSERT INTO kulprit_log_coverage (covered_from, shape_version)
SELECT {covered_from:DateTime('UTC')}, {shape_version:UInt64}
