-- Purpose: one API token.
-- Params:
--   id TEXT  the part of it that may be shown
-- Reads: tokens
SELECT id, org, role, name, hash, created_at, expires_at, revoked_at, last_used_at
FROM tokens
WHERE id = :id
