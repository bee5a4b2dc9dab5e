-- Purpose: replaces the patterns of an incident's snapshot in the full-text index.
-- Params:
--   incident INTEGER  the incident
--   patterns TEXT  the templates
-- Reads: incident_words, incidents
UPDATE incident_words SET patterns = :patterns WHERE place = (SELECT place FROM incidents WHERE seq = :incident)
