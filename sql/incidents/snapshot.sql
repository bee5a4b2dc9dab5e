-- Purpose: what the analyses answered, with the parts that came later.
-- Params:
--   incident INTEGER  the incident
-- Reads: snapshots, completed_snapshots
SELECT digest, document
FROM
(
    SELECT 0 AS seq, digest, document FROM snapshots WHERE incident = :incident
    UNION ALL
    SELECT seq, digest, document FROM completed_snapshots WHERE incident = :incident
)
ORDER BY seq DESC
LIMIT 1
