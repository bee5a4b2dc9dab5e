-- Purpose: the hours in which the spans that parts of otel_traces hold may change what is a request: a parent decides
--   that for its children, and a child for its parent.
-- Params:
--   parts Array(String)  names of parts
-- Columns:
--   part String  a part that is there and holds spans
--   first_minute UInt32  the minute of its first span, in seconds since 1970
--   last_minute UInt32  the minute of its last span, in seconds since 1970
--   hours Array(UInt32)  the beginnings of the hours, in seconds since 1970
-- Reads: otel_traces
WITH
    toStartOfMinute(toDateTime(Timestamp, 'UTC')) AS minute
SELECT
    part,
    toUInt32(min(minute)) AS first_minute,
    toUInt32(max(minute)) AS last_minute,
    arraySort(groupUniqArrayArray([
        toUnixTimestamp(toStartOfHour(minute - toIntervalMinute(5))),
        toUnixTimestamp(toStartOfHour(minute + toIntervalMinute(5)))])) AS hours
FROM (SELECT *, _part::String AS part FROM `otel_traces` WHERE _part IN {parts:Array(String)})
GROUP BY part
ORDER BY part
