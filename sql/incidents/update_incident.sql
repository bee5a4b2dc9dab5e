-- Purpose: writes an incident's new version, if it still has the known one.
-- Params:
--   seq INTEGER  the incident
--   known_version INTEGER  the version that the change was made from
--   version INTEGER  the version after the change
--   title TEXT  what it is about
--   severity TEXT  its severity
--   state TEXT  its state
--   assignee TEXT  who works on it
--   duplicate_of TEXT  the incident that people work on instead; empty for none
--   updated_at INTEGER  when it changed
--   acknowledged_at INTEGER  when it was first acknowledged
--   mitigated_at INTEGER  when it was mitigated
--   resolved_at INTEGER  when it was resolved
--   closed_at INTEGER  when it was closed
-- Reads: incidents
UPDATE incidents
SET title = :title,
    severity = :severity,
    state = :state,
    assignee = :assignee,
    duplicate_of = :duplicate_of,
    updated_at = :updated_at,
    acknowledged_at = :acknowledged_at,
    mitigated_at = :mitigated_at,
    resolved_at = :resolved_at,
    closed_at = :closed_at,
    version = :version
WHERE seq = :seq AND version = :known_version AND deleted_at IS NULL
