-- Purpose: up to three messages of the templates that are shown.
-- Params:
--   from DateTime64(9, 'UTC')  start, inclusive
--   to DateTime64(9, 'UTC')  end, exclusive
--   services Array(String)  the services in scope; empty means all
--   templates Array(UInt64)  the templates
SELECT template_id, groupArray(3)(Body) AS messages
FROM otel_logs
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
  -- spares reading the rest of the table
  AND toStartOfFiveMinutes(Timestamp) >= toStartOfFiveMinutes({from:DateTime64(9, 'UTC')}) AND toStartOfFiveMinutes(Timestamp) <= {to:DateTime64(9, 'UTC')}
  AND (empty({services:Array(String)}) OR ServiceName IN {services:Array(String)})
  AND template_id IN {templates:Array(UInt64)}
GROUP BY template_id
