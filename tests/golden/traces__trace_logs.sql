-- Purpose: the log lines of one trace, the earliest first.
-- Params:
--   trace_id String  the trace
--   from DateTime64(9, 'UTC')  a time before its first line
--   to DateTime64(9, 'UTC')  a time after its last line
--   limit UInt32  the number of lines to return
-- Columns:
--   time Int64  when it was written, in nanoseconds since 1970
--   service String  who wrote it
--   severity String  its level
--   body String  the message
-- Reads: otel_logs
SELECT
    toUnixTimestamp64Nano(toDateTime64(`Timestamp`, 9, 'UTC'))::Int64 AS time,
    toValidUTF8(`ServiceName`::String) AS service,
    toValidUTF8(if(`SeverityText` != '' OR SeverityNumber = 0, `SeverityText`::String,
                    ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'][intDiv(SeverityNumber - 1, 4) + 1])) AS severity,
    substringUTF8(toValidUTF8(`Body`), 1, 4096) AS body
FROM `otel_logs`
WHERE `TraceId` = {trace_id:String}
  AND `Timestamp` >= {from:DateTime64(9, 'UTC')}
      AND `Timestamp` < {to:DateTime64(9, 'UTC')}
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes({from:DateTime64(9, 'UTC')})
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes({to:DateTime64(9, 'UTC')})
ORDER BY time, service, body
LIMIT {limit:UInt32}
