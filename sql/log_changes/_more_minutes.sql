    -- the minutes of the further baseline windows: a set, so that the tables' keys spare reading what lies between
    more_minutes AS
    (
        SELECT toDateTime(arrayJoin(range(
            toUnixTimestamp(toStartOfMinute(span.1)),
            toUnixTimestamp(toDateTime64(span.2, 9, 'UTC') + toIntervalNanosecond(999999999)),
            60)), 'UTC') AS minute
        FROM (SELECT arrayJoin(more_baselines) AS span)
    ),
