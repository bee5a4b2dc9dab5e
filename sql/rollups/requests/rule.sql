-- Purpose: by which rules the view counts that is there; no row where there is none.
-- Columns:
--   rule String  a hash of the rules; empty for a view of an earlier version
-- Reads: system.tables
SELECT extract(comment, '[0-9a-f]{16}') AS rule
FROM system.tables
WHERE database = currentDatabase() AND name = 'kulprit_request_arrivals'
