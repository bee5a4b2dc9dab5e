-- Purpose: adds an incident.
-- Params:
--   org TEXT  the org
--   id TEXT  its public id
--   title TEXT  what it is about
--   severity TEXT  critical, high, medium or low
--   state TEXT  its state
--   assignee TEXT  who works on it; empty for nobody
--   window_from INTEGER  the analysed window, in milliseconds
--   window_to INTEGER  its end, exclusive
--   baseline_from INTEGER  the window that it is compared with
--   baseline_to INTEGER  its end, exclusive
--   opened_at INTEGER  when it was opened
--   opened_by TEXT  by whom
--   updated_at INTEGER  when it changed last
--   acknowledged_at INTEGER  when it was first acknowledged
--   mitigated_at INTEGER  when it was mitigated
--   resolved_at INTEGER  when it was resolved
--   closed_at INTEGER  when it was closed
--   version INTEGER  the number of events in its history
--   dedup_key TEXT  the key of the alert that it is about; empty for none
--   follows TEXT  the incident that the alert opened before; empty for none
--   duplicate_of TEXT  the incident that people work on instead; empty for none
-- Reads: incidents
INSERT INTO incidents
    (org, id, title, severity, state, assignee, window_from, window_to, baseline_from, baseline_to, opened_at, opened_by,
     updated_at, acknowledged_at, mitigated_at, resolved_at, closed_at, version, dedup_key, follows,
     duplicate_of, place)
VALUES
    (:org, :id, :title, :severity, :state, :assignee, :window_from, :window_to, :baseline_from, :baseline_to, :opened_at,
     :opened_by, :updated_at, :acknowledged_at, :mitigated_at, :resolved_at, :closed_at, :version,
     :dedup_key, :follows, :duplicate_of,
     -- the first free one of the millisecond
     (SELECT coalesce(max(place) + 1, :opened_at * 1048576)
      FROM incidents
      WHERE place BETWEEN :opened_at * 1048576 AND :opened_at * 1048576 + 1048575))
