-- Purpose: one row an incident, as it is now. How it came to be so stands in `history`. Times are milliseconds since 1970 in UTC.
CREATE TABLE incidents
(
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    org TEXT NOT NULL,
    id TEXT NOT NULL,                       -- public; unique within the org, so that no org learns of another's
    title TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('critical', 'high', 'medium', 'low')),
    state TEXT NOT NULL CHECK (state IN ('open', 'acknowledged', 'mitigated', 'resolved', 'closed', 'reopened')),
    assignee TEXT NOT NULL DEFAULT '',
    window_from INTEGER NOT NULL,
    window_to INTEGER NOT NULL,
    baseline_from INTEGER NOT NULL,
    baseline_to INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    opened_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    acknowledged_at INTEGER,                -- the first time
    mitigated_at INTEGER,                   -- the last time since it was opened or reopened, as are the two below
    resolved_at INTEGER,
    closed_at INTEGER,
    version INTEGER NOT NULL,               -- how many lines its history has
    deleted_at INTEGER,                     -- a deleted incident is hidden; its history stays
    severity_rank INTEGER NOT NULL GENERATED ALWAYS AS
        (CASE severity WHEN 'critical' THEN 4 WHEN 'high' THEN 3 WHEN 'medium' THEN 2 ELSE 1 END) VIRTUAL,
    state_rank INTEGER NOT NULL GENERATED ALWAYS AS
        (CASE state WHEN 'open' THEN 6 WHEN 'reopened' THEN 5 WHEN 'acknowledged' THEN 4 WHEN 'mitigated' THEN 3
                    WHEN 'resolved' THEN 2 ELSE 1 END) VIRTUAL,
    UNIQUE (org, id)
) STRICT;

-- One index for each order in which the list can be asked for.
CREATE INDEX incidents_by_opened ON incidents (org, opened_at, seq) WHERE deleted_at IS NULL;
CREATE INDEX incidents_by_updated ON incidents (org, updated_at, seq) WHERE deleted_at IS NULL;
CREATE INDEX incidents_by_severity ON incidents (org, severity_rank, seq) WHERE deleted_at IS NULL;
CREATE INDEX incidents_by_state ON incidents (org, state_rank, seq) WHERE deleted_at IS NULL;

-- `position` keeps the order in which the services were given.
CREATE TABLE incident_services
(
    incident INTEGER NOT NULL REFERENCES incidents (seq),
    position INTEGER NOT NULL,
    service TEXT NOT NULL,
    PRIMARY KEY (incident, position)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX incident_services_by_service ON incident_services (service, incident);

CREATE TABLE incident_labels
(
    incident INTEGER NOT NULL REFERENCES incidents (seq),
    label TEXT NOT NULL,
    PRIMARY KEY (incident, label)
) STRICT, WITHOUT ROWID;

CREATE INDEX incident_labels_by_label ON incident_labels (label, incident);
