-- Purpose: notes that parts of a snapshot were asked again, and when to ask next.
-- Params:
--   incident INTEGER  the incident
--   next_at INTEGER  when
-- Reads: pending_snapshots
UPDATE pending_snapshots SET tries = tries + 1, next_at = :next_at WHERE incident = :incident
