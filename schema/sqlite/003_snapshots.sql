-- Purpose: what the analyses answered when the incident was opened, as canonical JSON with its digest; never altered.
CREATE TABLE snapshots
(
    incident INTEGER PRIMARY KEY REFERENCES incidents (seq),
    digest TEXT NOT NULL,                   -- sha256:<hex> over `document`
    document TEXT NOT NULL
) STRICT;

CREATE TRIGGER snapshots_are_never_altered BEFORE UPDATE ON snapshots
BEGIN
    SELECT RAISE(ABORT, 'a snapshot is immutable');
END;

CREATE TRIGGER snapshots_are_never_removed BEFORE DELETE ON snapshots
BEGIN
    SELECT RAISE(ABORT, 'a snapshot is immutable');
END;

-- Which incident a creation with this key made, so that a repeated request makes no second one.
CREATE TABLE idempotency_keys
(
    org TEXT NOT NULL,
    key TEXT NOT NULL,
    request TEXT NOT NULL,                  -- digest of the request's body
    incident INTEGER NOT NULL REFERENCES incidents (seq),
    used_at INTEGER NOT NULL,
    PRIMARY KEY (org, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (used_at);
