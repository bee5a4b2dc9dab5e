-- Purpose: `INSERT OR REPLACE` removes a row without asking the triggers on DELETE; neither a snapshot nor a line of the history can be
-- altered by that way either.
CREATE TRIGGER snapshots_are_taken_once BEFORE INSERT ON snapshots
WHEN EXISTS (SELECT 1 FROM snapshots WHERE incident = new.incident)
BEGIN
    SELECT RAISE(ABORT, 'a snapshot is immutable');
END;

CREATE TRIGGER history_is_told_once BEFORE INSERT ON history
WHEN EXISTS (SELECT 1 FROM history WHERE incident = new.incident AND version = new.version)
  OR EXISTS (SELECT 1 FROM history WHERE seq = new.seq)
BEGIN
    SELECT RAISE(ABORT, 'the history is append-only');
END;
