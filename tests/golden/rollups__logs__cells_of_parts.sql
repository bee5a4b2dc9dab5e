-- Purpose: the cells (service and minute) of the lines that parts of the log table hold, of those that lie in any
--   of some windows.
-- Params:
--   parts Array(String)  names of parts
--   windows Array(Tuple(DateTime64(9, 'UTC'), DateTime64(9, 'UTC')))  starts and ends of the windows
-- Columns:
--   seen Array(String)  the parts that are there and hold lines
--   cells Array(UInt64)  hashes of the cells in the windows, 2001 at most
--   first_minute UInt32  the first minute of these lines, in seconds since 1970; 0 where there are none
--   last_minute UInt32  the last minute of these lines, in seconds since 1970
-- Reads: otel_logs
WITH
    `Timestamp` AS logged,
    arrayExists(
        span -> logged >= toStartOfMinute(span.1) AND logged < span.2,
        {windows:Array(Tuple(DateTime64(9, 'UTC'), DateTime64(9, 'UTC')))}) AS is_asked,
    toStartOfMinute(toDateTime(logged, 'UTC')) AS minute
SELECT
    groupUniqArray(part) AS seen,
    groupUniqArrayIf(2001)(cityHash64(`ServiceName`::String, minute), is_asked) AS cells,
    toUInt32(minIf(minute, is_asked)) AS first_minute,
    toUInt32(maxIf(minute, is_asked)) AS last_minute
FROM (SELECT *, _part::String AS part FROM `otel_logs` WHERE _part IN {parts:Array(String)})
