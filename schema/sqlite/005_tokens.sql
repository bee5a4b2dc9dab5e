-- Purpose: API tokens. The token itself is nowhere: only a keyed hash of it, whose key lies in a file outside the database.
CREATE TABLE tokens
(
    id TEXT PRIMARY KEY,                    -- the part of the token that may be shown and logged
    org TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'editor', 'admin')),
    name TEXT NOT NULL,
    hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;
