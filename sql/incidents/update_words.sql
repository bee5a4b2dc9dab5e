-- Purpose: replaces an incident's subject and adds a note, in the full-text index.
-- Params:
--   incident INTEGER  the incident
--   subject TEXT  title, services, labels and assignee
--   note TEXT  one more note; empty for none
-- Reads: incident_words, incidents
UPDATE incident_words
SET subject = :subject, notes = notes || char(10) || :note
WHERE place = (SELECT place FROM incidents WHERE seq = :incident)
