-- Purpose: the ids with this beginning, for people who type a part of one.
-- Params:
--   org TEXT  the org
--   prefix TEXT  the beginning of an id, of lower-case letters and digits
-- Reads: incidents
SELECT i.id
FROM incidents AS i
WHERE i.org = :org AND i.id >= :prefix AND i.id < :prefix || '~' AND i.deleted_at IS NULL
ORDER BY i.id
LIMIT 5
