-- Purpose: lines of each template in one window, from the log table: asked once for either window.
-- Params:
--   from DateTime64(9, 'UTC')  start, inclusive
--   to DateTime64(9, 'UTC')  end, exclusive
--   services Array(String)  the services in scope; empty means all
SELECT template_id, count() AS lines
FROM otel_logs
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
  -- spares reading the rest of the table
  AND toStartOfFiveMinutes(Timestamp) >= toStartOfFiveMinutes({from:DateTime64(9, 'UTC')}) AND toStartOfFiveMinutes(Timestamp) <= {to:DateTime64(9, 'UTC')}
  AND (empty({services:Array(String)}) OR ServiceName IN {services:Array(String)})
GROUP BY template_id
