-- Purpose: how long each incident took, once for each of its services, for medians and percentiles.
-- Params:
--   org TEXT  the org
--   opened_from INTEGER  opened at or after this millisecond
--   opened_to INTEGER  opened before this millisecond
-- Reads: incidents, incident_services
SELECT
    s.service,
    i.severity_rank,
    i.state IN ('resolved', 'closed') AS is_over,
    i.acknowledged_at - i.opened_at AS acknowledge_ms,
    i.mitigated_at - i.opened_at AS mitigate_ms,
    i.resolved_at - i.opened_at AS resolve_ms
FROM incidents AS i
INNER JOIN incident_services AS s ON s.incident = i.seq
WHERE i.org = :org AND i.deleted_at IS NULL AND i.opened_at >= :opened_from AND i.opened_at < :opened_to
