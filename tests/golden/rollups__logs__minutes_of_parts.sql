-- Purpose: the minutes of the lines that parts of the log table hold.
-- Params:
--   parts Array(String)  names of parts
-- Columns:
--   part String  a part that is there and holds lines
--   minutes Array(UInt32)  its minutes, in seconds since 1970
-- Reads: otel_logs
SELECT
    part,
    arraySort(groupUniqArray(
        toUnixTimestamp(toStartOfMinute(toDateTime(`Timestamp`, 'UTC'))))) AS minutes
FROM (SELECT *, _part::String AS part FROM `otel_logs` WHERE _part IN {parts:Array(String)})
GROUP BY part
ORDER BY part
