-- Purpose: notes that parts of a snapshot are still to come.
-- Params:
--   incident INTEGER  the incident
--   next_at INTEGER  when they are to be asked
-- Reads:
INSERT INTO pending_snapshots (incident, tries, next_at) VALUES (:incident, 0, :next_at)
