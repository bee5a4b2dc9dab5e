-- Purpose: the log streams behind a metric of a panel, and those of the whole org.
-- Params:
--   org String  the organisation
--   dashboard String  the dashboard
--   panel_title String  the panel
--   metric_name String  the metric as the panel names it
-- Columns:
--   is_org_wide Bool  whether this row states the services of the whole org
--   services Array(String)  services; empty means all
--   attributes Map(String, String)  attributes that a line must carry
-- Reads: metric_log_streams
SELECT
    (dashboard = '' AND panel_title = '' AND metric_name = '')::Bool AS is_org_wide,
    services,
    attributes
FROM metric_log_streams FINAL
WHERE org = {org:String}
  AND ((dashboard = {dashboard:String} AND panel_title = {panel_title:String} AND metric_name = {metric_name:String})
    OR (dashboard = '' AND panel_title = '' AND metric_name = ''))
  AND deleted = 0
ORDER BY is_org_wide
