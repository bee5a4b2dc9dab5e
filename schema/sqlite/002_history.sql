-- Purpose: everything that happened to an incident, one line a change, never altered. The version is the incident's after the
-- change; its uniqueness is what keeps two writers from making the same step twice.
CREATE TABLE history
(
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    incident INTEGER NOT NULL REFERENCES incidents (seq),
    version INTEGER NOT NULL CHECK (version >= 1),
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    via TEXT NOT NULL,                      -- what proved who it was: token, grafana, secret, none, cli; import for a line that came in a file
    kind TEXT NOT NULL CHECK (kind IN ('opened', 'state', 'severity', 'assignee', 'title', 'labels', 'comment', 'imported', 'deleted')),
    from_value TEXT NOT NULL DEFAULT '',
    to_value TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    UNIQUE (incident, version)
) STRICT;

CREATE TRIGGER history_is_never_altered BEFORE UPDATE ON history
BEGIN
    SELECT RAISE(ABORT, 'the history is append-only');
END;

CREATE TRIGGER history_is_never_removed BEFORE DELETE ON history
BEGIN
    SELECT RAISE(ABORT, 'the history is append-only');
END;
