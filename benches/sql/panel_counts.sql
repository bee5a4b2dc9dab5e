-- Purpose: lines of each template of a panel in one window: asked once for either window.
-- Params:
--   panel String  the panel
--   from DateTime64(9, 'UTC')  start, inclusive
--   to DateTime64(9, 'UTC')  end, exclusive
SELECT template_id, count() AS lines
FROM panel_lines
WHERE org = '1' AND dashboard = 'shop' AND panel_title = {panel:String} AND metric_name = 'lines'
  AND Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
GROUP BY template_id
