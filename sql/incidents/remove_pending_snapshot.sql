-- Purpose: notes that no part of a snapshot is asked any more.
-- Params:
--   incident INTEGER  the incident
-- Reads: pending_snapshots
DELETE FROM pending_snapshots WHERE incident = :incident
