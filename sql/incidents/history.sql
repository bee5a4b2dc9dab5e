-- Purpose: an incident's history, oldest first.
-- Params:
--   incident INTEGER  the incident
-- Reads: history
SELECT version, at, who, via, kind, from_value, to_value, note
FROM history
WHERE incident = :incident
ORDER BY version
