-- Purpose: a service's lines in a window once more, under another name.
INSERT INTO otel_logs (Timestamp, TraceId, ServiceName, Body)
SELECT Timestamp, TraceId, {copy:String}, Body
FROM otel_logs
WHERE ServiceName = {service:String} AND Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
