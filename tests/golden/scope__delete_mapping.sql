-- Purpose: takes back what a metric of a panel stands for.
-- Params:
--   org String  the organisation
--   dashboard String  the dashboard; empty for the whole org
--   panel_title String  the panel; empty for the whole org
--   metric_name String  the metric as the panel names it; empty for the whole org
-- Reads:
-- Calls:
INSERT INTO metric_log_streams (org, dashboard, panel_title, metric_name, deleted)
SELECT {org:String}, {dashboard:String}, {panel_title:String}, {metric_name:String}, 1
