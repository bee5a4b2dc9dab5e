-- Purpose: remembers the key of a creation.
-- Params:
--   org TEXT  the org
--   key TEXT  the client's key
--   request TEXT  digest of the request's body
--   incident INTEGER  the incident that it made
--   used_at INTEGER  when
-- Reads:
INSERT INTO idempotency_keys (org, key, request, incident, used_at) VALUES (:org, :key, :request, :incident, :used_at)
