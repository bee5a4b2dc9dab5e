-- Purpose: one incident.
-- Params:
--   org TEXT  the org
--   id TEXT  the incident's public id
-- Reads: incidents, incident_services, incident_labels
SELECT
{% include "_incident_columns.sql" %}

FROM incidents AS i
WHERE i.org = :org AND i.id = :id AND i.deleted_at IS NULL
