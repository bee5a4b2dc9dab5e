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
-- Reads: incidents
INSERT INTO incidents
    (org, id, title, severity, state, assignee, window_from, window_to, baseline_from, baseline_to, opened_at, opened_by,
     updated_at, acknowledged_at, mitigated_at, resolved_at, closed_at, version, place)
VALUES
    (:org, :id, :title, :severity, :state, :assignee, :window_from, :window_to, :baseline_from, :baseline_to, :opened_at,
     :opened_by, :updated_at, :acknowledged_at, :mitigated_at, :resolved_at, :closed_at, :version,
     -- the first free one of the millisecond
     (SELECT coalesce(max(place) + 1, :opened_at * 1048576)
      FROM incidents
      WHERE place BETWEEN :opened_at * 1048576 AND :opened_at * 1048576 + 1048575))
