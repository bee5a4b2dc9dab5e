-- Purpose: the last incident that an alert opened.
-- Params:
--   org TEXT  the org
--   dedup_key TEXT  the alert's key
-- Reads: incidents, incident_services, incident_labels
SELECT
{% include "_incident_columns.sql" %}

FROM incidents AS i
WHERE i.org = :org AND i.dedup_key = :dedup_key AND i.dedup_key != '' AND i.deleted_at IS NULL
ORDER BY i.seq DESC
LIMIT 1
