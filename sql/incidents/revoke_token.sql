-- Purpose: revokes a token.
-- Params:
--   id TEXT  the token
--   at INTEGER  when
-- Reads: tokens
UPDATE tokens SET revoked_at = coalesce(revoked_at, :at) WHERE id = :id
