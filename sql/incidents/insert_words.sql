-- Purpose: adds an incident's words to the full-text index.
-- Params:
--   incident INTEGER  the incident
--   subject TEXT  title, services, labels and assignee
--   notes TEXT  the notes so far
--   patterns TEXT  the snapshot's templates
-- Reads: incidents
INSERT INTO incident_words (place, subject, notes, patterns)
SELECT place, :subject, :notes, :patterns
FROM incidents
WHERE seq = :incident
