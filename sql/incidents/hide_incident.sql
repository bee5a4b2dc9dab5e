-- Purpose: hides an incident from every request; its history and snapshot stay in the file.
-- Params:
--   seq INTEGER  the incident
--   known_version INTEGER  the version that was seen
--   at INTEGER  when
-- Reads: incidents
UPDATE incidents
SET deleted_at = :at, updated_at = :at, version = version + 1
WHERE seq = :seq AND version = :known_version AND deleted_at IS NULL
