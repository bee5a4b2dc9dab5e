-- Purpose: the table of the design with three queries: one row a line and panel that shows it, sorted by panel and time. One panel shows
--   all services, another one service.
-- Params:
--   service String  the service that has a panel of its own
INSERT INTO panel_lines
SELECT '1' AS org, 'shop' AS dashboard, panel AS panel_title, 'lines' AS metric_name, Timestamp, template_id, Body
FROM otel_logs
ARRAY JOIN if(ServiceName = {service:String}, ['all', 'one'], ['all']) AS panel
