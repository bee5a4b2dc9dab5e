-- Purpose: adds an event to an incident's history.
-- Params:
--   incident INTEGER  the incident
--   version INTEGER  the incident's version after it
--   at INTEGER  when
--   who TEXT  who did it
--   via TEXT  how they were identified
--   kind TEXT  what changed
--   from_value TEXT  what it was
--   to_value TEXT  what it became
--   note TEXT  why
-- Reads:
INSERT INTO history (incident, version, at, who, via, kind, from_value, to_value, note)
VALUES (:incident, :version, :at, :who, :via, :kind, :from_value, :to_value, :note)
