-- Purpose: requests and failed requests of each service in the windows of burn rates and in the period of an objective,
--   from the rollups: of spans, and of metrics for services
--   without spans.
-- Params:
--   at DateTime('UTC')  the minute at which all windows end, exclusive
--   windows Array(UInt32)  lengths of the windows in seconds
--   services Array(String)  the services in scope
--   period_seconds UInt32  length of the objective's period
-- Columns:
--   service String  the service
--   window_seconds UInt32  length of the window; the period's own comes last
--   total Float64  requests in the window
--   bad Float64  those of them that missed the objective
--   observed_seconds UInt32  from the first minute (or whole hour, where one is summed) with a request in the window up
--      to its end
-- Reads: kulprit_request_minutes, kulprit_request_hours, kulprit_metered_minutes
WITH
    -- metrics speak for services without spans
    spanned AS
    (
        SELECT DISTINCT service
        FROM kulprit_request_hours
        WHERE service IN (SELECT service FROM kulprit_metered_minutes
            WHERE minute >= {at:DateTime('UTC')} - toIntervalSecond({period_seconds:UInt32}))
          AND hour >= toStartOfHour({at:DateTime('UTC')} - toIntervalSecond({period_seconds:UInt32}))
    ),
    minutes_of AS
    (
        SELECT service, minute AS time, toFloat64(requests) AS total, toFloat64(errors) AS bad
        FROM kulprit_request_minutes
        UNION ALL
        SELECT service, minute AS time, requests AS total, errors AS bad
        FROM kulprit_metered_minutes FINAL
        WHERE service NOT IN (SELECT service FROM spanned)
    ),
    hours_of AS
    (
        SELECT service, hour AS time, toFloat64(requests) AS total, toFloat64(errors) AS bad
        FROM kulprit_request_hours
        UNION ALL
        SELECT service, toStartOfHour(minute) AS time, sum(requests) AS total, sum(errors) AS bad
        FROM kulprit_metered_minutes FINAL
        WHERE service NOT IN (SELECT service FROM spanned)
        GROUP BY service, time
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
