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
{% if scoped %}
          AND service IN {services:Array(String)}
{% endif %}
        UNION ALL
        SELECT service, time, total, bad, arrayMap(first_hour -> time >= first_hour, first_hours) AS counted
        FROM hours_of
        WHERE time >= arrayMin(first_hours) AND time < hours_to
{% if scoped %}
          AND service IN {services:Array(String)}
{% endif %}
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
