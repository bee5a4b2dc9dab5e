-- Purpose: incidents whose snapshot has parts that are to be asked now, the longest waiting first.
-- Params:
--   now INTEGER  the time
-- Reads: pending_snapshots, incidents
SELECT i.org, i.id, p.tries
FROM pending_snapshots AS p
INNER JOIN incidents AS i ON i.seq = p.incident
WHERE p.next_at <= :now AND i.deleted_at IS NULL
ORDER BY p.next_at
LIMIT 100
