-- Purpose: the durations of up to 1,024 incidents in one row, so that statistics over a hundred thousand read a few thousand rows instead
-- of all. A chunk is a stretch of incidents in the order in which they were stored; what it holds is derived from `incident_durations`
-- whenever one of them changes.
CREATE TABLE duration_chunks
(
    org TEXT NOT NULL,
    service TEXT NOT NULL,
    severity_rank INTEGER NOT NULL,
    chunk INTEGER NOT NULL,                 -- incident / 1024
    first_opened INTEGER NOT NULL,
    last_opened INTEGER NOT NULL,
    incidents INTEGER NOT NULL,
    active INTEGER NOT NULL,                -- neither resolved nor closed
    acknowledge_ms TEXT,                    -- those that are known, separated by blanks; likewise the next two
    mitigate_ms TEXT,
    resolve_ms TEXT,
    PRIMARY KEY (org, service, severity_rank, chunk)
) STRICT, WITHOUT ROWID;

DROP TRIGGER incident_durations_added;
DROP TRIGGER incident_durations_changed;

-- A service is added with its incident and never changes.
CREATE TRIGGER incident_durations_added AFTER INSERT ON incident_services
BEGIN
    INSERT INTO incident_durations
    SELECT org, new.service, severity_rank, seq, opened_at, state IN ('resolved', 'closed'),
           acknowledged_at - opened_at, mitigated_at - opened_at, resolved_at - opened_at
    FROM incidents
    WHERE seq = new.incident;
    -- The chunk that it belongs to, anew.
    INSERT OR REPLACE INTO duration_chunks
    SELECT d.org, d.service, d.severity_rank, i.seq / 1024, min(d.opened_at), max(d.opened_at), count(*), sum(NOT d.is_over),
           group_concat(d.acknowledge_ms, ' '), group_concat(d.mitigate_ms, ' '), group_concat(d.resolve_ms, ' ')
    FROM incidents AS i
    CROSS JOIN incident_durations AS d
        ON d.org = i.org AND d.service = new.service AND d.severity_rank = i.severity_rank
       AND d.incident BETWEEN i.seq / 1024 * 1024 AND i.seq / 1024 * 1024 + 1023
    WHERE i.seq = new.incident
    GROUP BY d.org, d.service, d.severity_rank;
END;

-- Deleted and written again, for the severity is a part of the key.
CREATE TRIGGER incident_durations_changed
AFTER UPDATE OF severity, state, acknowledged_at, mitigated_at, resolved_at, deleted_at ON incidents
WHEN old.severity IS NOT new.severity OR old.state IS NOT new.state OR old.deleted_at IS NOT new.deleted_at
  OR old.acknowledged_at IS NOT new.acknowledged_at OR old.mitigated_at IS NOT new.mitigated_at
  OR old.resolved_at IS NOT new.resolved_at
BEGIN
    DELETE FROM incident_durations
    WHERE incident = old.seq AND org = old.org AND severity_rank = old.severity_rank
      AND service IN (SELECT service FROM incident_services WHERE incident = old.seq);
    INSERT INTO incident_durations
    SELECT new.org, service, new.severity_rank, new.seq, new.opened_at, new.state IN ('resolved', 'closed'),
           new.acknowledged_at - new.opened_at, new.mitigated_at - new.opened_at, new.resolved_at - new.opened_at
    FROM incident_services
    WHERE incident = new.seq AND new.deleted_at IS NULL;
    -- The chunks that it left and came to, anew: an empty one has no row.
    DELETE FROM duration_chunks
    WHERE org = new.org AND severity_rank IN (old.severity_rank, new.severity_rank) AND chunk = new.seq / 1024
      AND service IN (SELECT service FROM incident_services WHERE incident = new.seq);
    INSERT INTO duration_chunks
    SELECT org, service, severity_rank, new.seq / 1024, min(opened_at), max(opened_at), count(*), sum(NOT is_over),
           group_concat(acknowledge_ms, ' '), group_concat(mitigate_ms, ' '), group_concat(resolve_ms, ' ')
    FROM incident_durations
    WHERE org = new.org AND severity_rank IN (old.severity_rank, new.severity_rank)
      AND service IN (SELECT service FROM incident_services WHERE incident = new.seq)
      AND incident BETWEEN new.seq / 1024 * 1024 AND new.seq / 1024 * 1024 + 1023
    GROUP BY org, service, severity_rank;
END;

INSERT INTO duration_chunks
SELECT org, service, severity_rank, incident / 1024, min(opened_at), max(opened_at), count(*), sum(NOT is_over),
       group_concat(acknowledge_ms, ' '), group_concat(mitigate_ms, ' '), group_concat(resolve_ms, ' ')
FROM incident_durations
GROUP BY org, service, severity_rank, incident / 1024;
