-- Purpose: adds an API token.
-- Params:
--   id TEXT  the part of it that may be shown
--   org TEXT  the org that it belongs to
--   role TEXT  viewer, editor or admin
--   name TEXT  what it is for
--   hash BLOB  keyed hash of the secret part
--   created_at INTEGER  when
--   expires_at INTEGER  when it expires
-- Reads:
INSERT INTO tokens (id, org, role, name, hash, created_at, expires_at)
VALUES (:id, :org, :role, :name, :hash, :created_at, :expires_at)
