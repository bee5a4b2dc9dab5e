-- Purpose: whether more than so many incidents, of any org, hold the words.
-- Params:
--   words TEXT  a full-text question
--   few INTEGER  how many still count as few
-- Reads: incident_text
SELECT count(*) > :few
FROM (SELECT 1 FROM incident_text WHERE incident_text MATCH :words LIMIT :few + 1)
