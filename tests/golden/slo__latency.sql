-- Purpose: requests and slow requests of each service in the windows of burn rates and in the period of an objective,
--   from the rollups. In the bucket that holds the threshold, durations count as evenly spaced. Streams, which take as
--   long as somebody listens, are left out.
-- Params:
--   at DateTime('UTC')  the minute at which all windows end, exclusive
--   windows Array(UInt32)  lengths of the windows in seconds
--   services Array(String)  the services in scope
--   period_seconds UInt32  length of the objective's period
--   threshold_ms Float64  a request that takes longer is bad
-- Columns:
--   service String  the service
--   window_seconds UInt32  length of the window; the period's own comes last
--   total Float64  requests in the window
--   bad Float64  those of them that missed the objective
--   observed_seconds UInt32  from the first minute (or whole hour, where one is summed) with a request in the window up
--      to its end
-- Reads: kulprit_request_minutes, kulprit_request_hours
WITH
    {threshold_ms:Float64} * 1e6 AS threshold,
    toUInt16(floor(8 * log2(greatest(threshold, 1)))) AS edge,
    (exp2((edge + 1) / 8) - threshold) / (exp2((edge + 1) / 8) - exp2(edge / 8)) AS slow_at_edge,
    ((bucket, count) -> count * multiIf(bucket < edge, 0., bucket > edge, 1., slow_at_edge)) AS slow_of,
    minutes_of AS
    (
        SELECT
            service,
            minute AS time,
            toFloat64(arraySum(durationsMap.requests)) AS total,
            arraySum((bucket, count) -> slow_of(bucket, count), durationsMap.bucket, durationsMap.requests) AS bad
        FROM kulprit_request_minutes
    ),
    hours_of AS
    (
        SELECT
            service,
            hour AS time,
            toFloat64(arraySum(durationsMap.requests)) AS total,
            arraySum((bucket, count) -> slow_of(bucket, count), durationsMap.bucket, durationsMap.requests) AS bad
        FROM kulprit_request_hours
    ),
    {at:DateTime('UTC')} AS at,
    arrayPushBack({windows:Array(UInt32)}, {period_seconds:UInt32}) AS lengths,
    -- Each window is summed from whole hours, and from minutes at both of its ends.
    arrayMap(length -> at - toIntervalSecond(length), lengths) AS begins,
    arrayMap(begin -> toStartOfHour(begin + toIntervalSecond(3599)), begins) AS first_hours,
    toStartOfHour(at) AS hours_to,

    edge_minutes AS
    (
        SELECT toDateTime(arrayJoin(arrayDistinct(arrayConcat(
            range(toUnixTimestamp(hours_to), toUnixTimestamp(at), 60),
            arrayFlatten(
                arrayMap(
                    (begin, first_hour) -> range(toUnixTimestamp(begin), toUnixTimestamp(first_hour), 60),
                    begins, first_hours))))), 'UTC') AS time
    ),

    -- Expects the CTEs minutes_of and hours_of(service, time, total, bad). counted says of each window whether it
    -- counts the row.
    events AS
    (
        SELECT service, time, total, bad,
            arrayMap(
                (begin, first_hour) -> time >= begin AND (time < first_hour OR time >= hours_to),
                begins, first_hours) AS counted
        FROM minutes_of
        WHERE time IN (SELECT time FROM edge_minutes) AND time < at
          AND service IN {services:Array(String)}
        UNION ALL
        SELECT service, time, total, bad, arrayMap(first_hour -> time >= first_hour, first_hours) AS counted
        FROM hours_of
        WHERE time >= arrayMin(first_hours) AND time < hours_to
          AND service IN {services:Array(String)}
    ),

    -- one row a service, its windows in arrays
    summed AS
    (
        SELECT
            service::String AS service,
            sumForEach(arrayMap(counts -> if(counts, total, 0.), counted)) AS totals,
            sumForEach(arrayMap(counts -> if(counts, bad, 0.), counted)) AS bads,
            minForEach(arrayMap(counts -> if(counts AND total > 0, time, at), counted)) AS firsts
        FROM events
        GROUP BY service
    )

SELECT
    service,
    length AS window_seconds,
    total,
    bad,
    toUInt32(least(length, dateDiff('second', first, at))) AS observed_seconds
FROM summed
ARRAY JOIN lengths AS length, totals AS total, bads AS bad, firsts AS first
ORDER BY service, window_seconds
