-- Purpose: requests and failed requests of each service in the windows of burn rates and in the period of an objective, from the rollups.
-- Params:
--   at DateTime('UTC')  the minute at which all windows end, exclusive
--   windows Array(UInt32)  lengths of the short windows in seconds; at most three days
--   period_seconds UInt32  length of the objective's period
--   services Array(String)  the services in scope
-- Columns:
--   service String  the service
--   window_seconds UInt32  length of the window; the period's own comes last
--   total Float64  requests in the window
--   bad Float64  those of them that missed the objective
--   observed_seconds UInt32  from the first minute with a request in the window up to its end
-- Reads: kulprit_request_minutes, kulprit_request_hours
WITH
    minutes_of AS
    (
        SELECT service, minute AS time, toFloat64(requests) AS total, toFloat64(errors) AS bad
        FROM kulprit_request_minutes
    ),
    hours_of AS
    (
        SELECT service, hour AS time, toFloat64(requests) AS total, toFloat64(errors) AS bad
        FROM kulprit_request_hours
    ),
    {at:DateTime('UTC')} AS at,
    at - toIntervalSecond({period_seconds:UInt32}) AS period_from,
    arrayMax({windows:Array(UInt32)}) AS longest,
    -- The period is summed from whole hours, and from minutes at both of its ends.
    least(toStartOfHour(period_from + toIntervalSecond(3599)), at) AS hours_from,
    greatest(toStartOfHour(at), hours_from) AS hours_to,

    -- Expects the CTEs minutes_of and hours_of(service, time, total, bad). in_period says whether the period counts the row, in_windows whether the
    -- short windows do.
    events AS
    (
        SELECT service, time, total, bad, time >= period_from AND (time < hours_from OR time >= hours_to) AS in_period, true AS in_windows
        FROM minutes_of
        WHERE time < at
          AND (time >= at - toIntervalSecond(longest) OR (time >= period_from AND time < hours_from) OR time >= greatest(period_from, hours_to))
          AND service IN {services:Array(String)}
        UNION ALL
        SELECT service, time, total, bad, true AS in_period, false AS in_windows
        FROM hours_of
        WHERE time >= hours_from AND time < hours_to
          AND service IN {services:Array(String)}
    ),

    -- one row a service, its windows in arrays
    summed AS
    (
        SELECT
            service::String AS service,
            arrayPushBack({windows:Array(UInt32)}, {period_seconds:UInt32}) AS lengths,
            sumForEach(arrayPushBack(arrayMap(length -> if(in_windows AND time >= at - toIntervalSecond(length), total, 0.), {windows:Array(UInt32)}), if(in_period, total, 0.))) AS totals,
            sumForEach(arrayPushBack(arrayMap(length -> if(in_windows AND time >= at - toIntervalSecond(length), bad, 0.), {windows:Array(UInt32)}), if(in_period, bad, 0.))) AS bads,
            minIf(time, total > 0) AS first_seen
        FROM events
        GROUP BY service
    )

SELECT
    service,
    length AS window_seconds,
    total,
    bad,
    toUInt32(least(length, if(first_seen = 0, 0, dateDiff('second', first_seen, at)))) AS observed_seconds
FROM summed
ARRAY JOIN lengths AS length, totals AS total, bads AS bad
ORDER BY service, window_seconds
