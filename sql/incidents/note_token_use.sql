-- Purpose: sets when a token was last used.
-- Params:
--   id TEXT  the token
--   at INTEGER  when
-- Reads: tokens
UPDATE tokens SET last_used_at = max(coalesce(last_used_at, 0), :at) WHERE id = :id
