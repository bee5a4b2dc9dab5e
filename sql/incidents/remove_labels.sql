-- Purpose: removes all labels of an incident.
-- Params:
--   incident INTEGER  the incident
-- Reads: incident_labels
DELETE FROM incident_labels WHERE incident = :incident
