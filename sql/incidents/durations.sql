-- Purpose: how long incidents took, by service and severity: a row a chunk that lies within the time as a whole, and a row for what lies
-- within of each chunk that the time's edge cuts. An incident counts once for each of its services.
-- Params:
--   org TEXT  the org
--   opened_from INTEGER  opened at or after this millisecond
--   opened_to INTEGER  opened before this millisecond
-- Reads: duration_chunks, incident_durations
SELECT service, severity_rank, incidents, active, acknowledge_ms, mitigate_ms, resolve_ms
FROM duration_chunks
WHERE org = :org AND first_opened >= :opened_from AND last_opened < :opened_to
UNION ALL
SELECT d.service, d.severity_rank, count(*), sum(NOT d.is_over),
       group_concat(d.acknowledge_ms, ' '), group_concat(d.mitigate_ms, ' '), group_concat(d.resolve_ms, ' ')
FROM duration_chunks AS c
-- CROSS: begin with the chunks, which are few
CROSS JOIN incident_durations AS d
    ON d.org = c.org AND d.service = c.service AND d.severity_rank = c.severity_rank
   AND d.incident BETWEEN c.chunk * 1024 AND c.chunk * 1024 + 1023
WHERE c.org = :org
  AND c.last_opened >= :opened_from AND c.first_opened < :opened_to
  AND NOT (c.first_opened >= :opened_from AND c.last_opened < :opened_to)
  AND d.opened_at >= :opened_from AND d.opened_at < :opened_to
GROUP BY d.service, d.severity_rank
