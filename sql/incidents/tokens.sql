-- Purpose: all API tokens, newest first.
-- Reads: tokens
SELECT id, org, role, name, hash, created_at, expires_at, revoked_at, last_used_at
FROM tokens
ORDER BY created_at DESC, id
