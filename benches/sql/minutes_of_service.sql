-- Purpose: how many lines a service has in each minute of a window.
SELECT toUInt64(toUnixTimestamp(toStartOfMinute(toDateTime(Timestamp, 'UTC')))) AS second, count() AS lines
FROM otel_logs
WHERE ServiceName = {service:String} AND Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
GROUP BY second
ORDER BY second
