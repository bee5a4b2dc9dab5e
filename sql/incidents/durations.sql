-- Purpose: how long each incident took, once for each of its services; in the order of service and severity.
-- Params:
--   org TEXT  the org
--   opened_from INTEGER  opened at or after this millisecond
--   opened_to INTEGER  opened before this millisecond
-- Reads: incident_durations
SELECT service, severity_rank, is_over, acknowledge_ms, mitigate_ms, resolve_ms
FROM incident_durations
WHERE org = :org AND opened_at >= :opened_from AND opened_at < :opened_to
ORDER BY service, severity_rank
