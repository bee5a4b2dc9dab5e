-- Purpose: the words of an incident and a full-text index over them.
CREATE TABLE incident_words
(
    incident INTEGER PRIMARY KEY REFERENCES incidents (seq),
    subject TEXT NOT NULL,                  -- title, services, labels, assignee: replaced when they change
    notes TEXT NOT NULL,                    -- grows with each note
    patterns TEXT NOT NULL                  -- the snapshot's templates
) STRICT;

-- Prefix indexes make the beginning of a word as fast to find as the word.
CREATE VIRTUAL TABLE incident_text USING fts5
(
    subject, notes, patterns,
    content = 'incident_words', content_rowid = 'incident',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3', detail = 'full'
);

CREATE TRIGGER incident_words_added AFTER INSERT ON incident_words
BEGIN
    INSERT INTO incident_text (rowid, subject, notes, patterns) VALUES (new.incident, new.subject, new.notes, new.patterns);
END;

-- The index keeps no copy of the text, so it must be told what it forgets.
CREATE TRIGGER incident_words_changed AFTER UPDATE ON incident_words
BEGIN
    INSERT INTO incident_text (incident_text, rowid, subject, notes, patterns)
    VALUES ('delete', old.incident, old.subject, old.notes, old.patterns);
    INSERT INTO incident_text (rowid, subject, notes, patterns) VALUES (new.incident, new.subject, new.notes, new.patterns);
END;
