-- Purpose: what could not be answered when an incident was opened, and was asked again. The snapshot stays as it was taken; here is the
-- whole document with the parts that came later, and the newest one is what is shown. Never altered either.
CREATE TABLE completed_snapshots
(
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    incident INTEGER NOT NULL REFERENCES incidents (seq),
    at INTEGER NOT NULL,
    digest TEXT NOT NULL,                   -- sha256:<hex> over `document`
    document TEXT NOT NULL
) STRICT;

CREATE INDEX completed_snapshots_by_incident ON completed_snapshots (incident, seq);

CREATE TRIGGER completed_snapshots_are_never_altered BEFORE UPDATE ON completed_snapshots
BEGIN
    SELECT RAISE(ABORT, 'a snapshot is immutable');
END;

CREATE TRIGGER completed_snapshots_are_never_removed BEFORE DELETE ON completed_snapshots
BEGIN
    SELECT RAISE(ABORT, 'a snapshot is immutable');
END;

-- The snapshots with parts that are still to come.
CREATE TABLE pending_snapshots
(
    incident INTEGER PRIMARY KEY REFERENCES incidents (seq),
    tries INTEGER NOT NULL,                 -- how often its parts were asked again
    next_at INTEGER NOT NULL                -- when they are to be asked next
) STRICT;

CREATE INDEX pending_snapshots_by_time ON pending_snapshots (next_at);
