-- Purpose: how long each incident took, a row for each of its services.
-- Params:
--   org TEXT  the org
--   opened_from INTEGER  opened at or after this millisecond
--   opened_to INTEGER  opened before this millisecond
-- Reads: incidents, incident_services
SELECT
    s.service,
    i.severity_rank,
    i.state <> 'resolved' AND i.state <> 'closed' AS is_active,
    i.acknowledged_at - i.opened_at AS acknowledge_ms,
    i.mitigated_at - i.opened_at AS mitigate_ms,
    i.resolved_at - i.opened_at AS resolve_ms
FROM incidents AS i
-- CROSS: begin with the incidents, whose index by time ends the search
CROSS JOIN incident_services AS s ON s.incident = i.seq
WHERE i.org = :org
  AND i.deleted_at IS NULL
  AND i.place >= :opened_from * 1048576
  AND i.place < :opened_to * 1048576
