-- Purpose: stores what a metric of a panel stands for, in place of what it stood for before.
-- Params:
--   org String  the organisation
--   dashboard String  the dashboard; empty for the whole org
--   panel_title String  the panel; empty for the whole org
--   metric_name String  the metric as the panel names it; empty for the whole org
--   services Array(String)  services; empty means all
--   attribute_keys Array(String)  attributes that a line must carry
--   attribute_values Array(String)  their values, in the same order
-- Reads:
-- Calls:
INSERT INTO metric_log_streams (org, dashboard, panel_title, metric_name, services, attributes)
SELECT
    {org:String},
    {dashboard:String},
    {panel_title:String},
    {metric_name:String},
    {services:Array(String)},
    mapFromArrays({attribute_keys:Array(String)}, {attribute_values:Array(String)})
