-- Purpose: makes an incident findable by its words.
-- Params:
--   incident INTEGER  the incident
--   subject TEXT  title, services, labels and assignee
--   notes TEXT  the notes so far
--   patterns TEXT  the snapshot's templates
-- Reads:
INSERT INTO incident_words (incident, subject, notes, patterns) VALUES (:incident, :subject, :notes, :patterns)
