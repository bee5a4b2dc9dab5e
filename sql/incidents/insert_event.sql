-- Purpose: adds a line to an incident's history.
-- Params:
--   incident INTEGER  the incident
--   version INTEGER  the incident's version after it
--   at INTEGER  when
--   who TEXT  who did it
--   via TEXT  what proved that
--   kind TEXT  what changed
--   from_value TEXT  what it was
--   to_value TEXT  what it became
--   note TEXT  why, in the words of whoever did it
-- Reads:
INSERT INTO history (incident, version, at, who, via, kind, from_value, to_value, note)
VALUES (:incident, :version, :at, :who, :via, :kind, :from_value, :to_value, :note)
