-- Purpose: how many lines a window has.
SELECT toUInt64(0) AS second, count() AS lines
FROM otel_logs
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
