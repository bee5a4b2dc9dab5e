-- Purpose: one page of an org's incidents, filtered and in order.
-- Params:
--   org TEXT  the org
--   states TEXT  JSON array: only these states
--   severities TEXT  JSON array: only these severities
--   services TEXT  JSON array: only incidents of at least one of these services
--   labels TEXT  JSON array: only incidents with all of these labels
--   label_count INTEGER  how many labels those are
--   opened_from INTEGER  opened at or after this millisecond
--   opened_to INTEGER  opened before this millisecond
--   words TEXT  a query in FTS5's language
--   after_key INTEGER  the page begins after this value of the sort key
--   after_seq INTEGER  and this incident
--   limit INTEGER  rows to return
-- Reads: incidents, incident_services, incident_labels, incident_text
SELECT
{% include "_incident_columns.sql" %},
    {{ key }} AS sort_key
FROM incidents AS i
WHERE i.org = :org
  AND i.deleted_at IS NULL
{% if states %}
  AND i.state IN (SELECT value FROM json_each(:states))
{% endif %}
{% if severities %}
  AND i.severity IN (SELECT value FROM json_each(:severities))
{% endif %}
{% if services %}
  -- the plus: as a set to look into while the incidents are walked in order, not as the place to begin
  AND +i.seq IN (SELECT s.incident FROM incident_services AS s WHERE s.service IN (SELECT value FROM json_each(:services)))
{% endif %}
{% if labels %}
  AND +i.seq IN (SELECT l.incident FROM incident_labels AS l WHERE l.label IN (SELECT value FROM json_each(:labels))
                 GROUP BY l.incident HAVING count(*) = :label_count)
{% endif %}
{% if opened_from %}
  AND i.place >= :opened_from * 1048576
{% endif %}
{% if opened_to %}
  AND i.place < :opened_to * 1048576
{% endif %}
{% if words %}
  -- without a plus: sorted by time, SQLite goes through the hits in the order of the list and stops when the page is full
  AND i.place IN (SELECT t.rowid FROM incident_text AS t WHERE t.incident_text MATCH :words)
{% endif %}
{% if after %}
  AND ({{ key }}, i.seq) {% if descending %}<{% else %}>{% endif %} (:after_key, :after_seq)
{% endif %}
ORDER BY {{ key }} {% if descending %}DESC{% else %}ASC{% endif %}, i.seq {% if descending %}DESC{% else %}ASC{% endif %}

LIMIT :limit
