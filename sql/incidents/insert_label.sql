-- Purpose: adds one of an incident's labels.
-- Params:
--   incident INTEGER  the incident
--   label TEXT  the label
-- Reads:
INSERT INTO incident_labels (incident, label) VALUES (:incident, :label)
