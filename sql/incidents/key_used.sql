-- Purpose: which incident a creation with this key made, and from what request.
-- Params:
--   org TEXT  the org
--   key TEXT  the client's key
-- Reads: idempotency_keys, incidents
SELECT k.request, i.id
FROM idempotency_keys AS k
INNER JOIN incidents AS i ON i.seq = k.incident
WHERE k.org = :org AND k.key = :key
