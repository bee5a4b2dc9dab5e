-- Purpose: how long each incident took, once for each of its services, in the order in which statistics read it: the table is narrow and
-- clustered by group, so that a hundred thousand incidents are summed up in one pass. Triggers keep it.
CREATE TABLE incident_durations
(
    org TEXT NOT NULL,
    service TEXT NOT NULL,
    severity_rank INTEGER NOT NULL,
    incident INTEGER NOT NULL REFERENCES incidents (seq),
    opened_at INTEGER NOT NULL,
    is_over INTEGER NOT NULL,               -- resolved or closed
    acknowledge_ms INTEGER,
    mitigate_ms INTEGER,
    resolve_ms INTEGER,
    PRIMARY KEY (org, service, severity_rank, incident)
) STRICT, WITHOUT ROWID;

-- A service is added with its incident and never changes.
CREATE TRIGGER incident_durations_added AFTER INSERT ON incident_services
BEGIN
    INSERT INTO incident_durations
    SELECT org, new.service, severity_rank, seq, opened_at, state IN ('resolved', 'closed'),
           acknowledged_at - opened_at, mitigated_at - opened_at, resolved_at - opened_at
    FROM incidents
    WHERE seq = new.incident;
END;

-- Deleted and written again, for the severity is a part of the key.
CREATE TRIGGER incident_durations_changed
AFTER UPDATE OF severity, state, acknowledged_at, mitigated_at, resolved_at, deleted_at ON incidents
BEGIN
    DELETE FROM incident_durations
    WHERE incident = old.seq AND org = old.org AND severity_rank = old.severity_rank
      AND service IN (SELECT service FROM incident_services WHERE incident = old.seq);
    INSERT INTO incident_durations
    SELECT new.org, service, new.severity_rank, new.seq, new.opened_at, new.state IN ('resolved', 'closed'),
           new.acknowledged_at - new.opened_at, new.mitigated_at - new.opened_at, new.resolved_at - new.opened_at
    FROM incident_services
    WHERE incident = new.seq AND new.deleted_at IS NULL;
END;

INSERT INTO incident_durations
SELECT i.org, s.service, i.severity_rank, i.seq, i.opened_at, i.state IN ('resolved', 'closed'),
       i.acknowledged_at - i.opened_at, i.mitigated_at - i.opened_at, i.resolved_at - i.opened_at
FROM incidents AS i
INNER JOIN incident_services AS s ON s.incident = i.seq
WHERE i.deleted_at IS NULL;
