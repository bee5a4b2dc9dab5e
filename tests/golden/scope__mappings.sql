-- Purpose: what the metrics of an org's panels, and the org itself, stand for.
-- Params:
--   org String  the organisation
-- Columns:
--   org String  the organisation
--   dashboard String  the dashboard; empty for the whole org
--   panel_title String  the panel; empty for the whole org
--   metric_name String  the metric as the panel names it; empty for the whole org
--   services Array(String)  services; empty means all
--   attributes Map(String, String)  attributes that a line must carry
-- Reads: metric_log_streams
SELECT org, dashboard, panel_title, metric_name, services, attributes
FROM metric_log_streams FINAL
WHERE org = {org:String} AND deleted = 0
ORDER BY org, dashboard, panel_title, metric_name
