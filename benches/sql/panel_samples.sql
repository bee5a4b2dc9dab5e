-- Purpose: up to three messages of the templates that are shown.
-- Params:
--   panel String  the panel
--   from DateTime64(9, 'UTC')  start, inclusive
--   to DateTime64(9, 'UTC')  end, exclusive
--   templates Array(UInt64)  the templates
SELECT template_id, groupArray(3)(Body) AS messages
FROM panel_lines
WHERE org = '1' AND dashboard = 'shop' AND panel_title = {panel:String} AND metric_name = 'lines'
  AND Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
  AND template_id IN {templates:Array(UInt64)}
GROUP BY template_id
