-- Purpose: takes all labels off an incident.
-- Params:
--   incident INTEGER  the incident
-- Reads: incident_labels
DELETE FROM incident_labels WHERE incident = :incident
