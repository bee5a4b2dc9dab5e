-- Purpose: what the analyses answered when the incident was opened.
-- Params:
--   incident INTEGER  the incident
-- Reads: snapshots
SELECT digest, document FROM snapshots WHERE incident = :incident
