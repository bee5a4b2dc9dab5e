-- Purpose: requests and slow requests of each service in the windows of burn rates and in the period of an objective,
--   from the rollups. In the bucket that holds the threshold, durations count as evenly spaced. Streams, which take as
--   long as somebody listens, are left out.
{% include "slo/_events.sql" +%}
--   threshold_ms Float64  a request that takes longer is bad
{% include "slo/_columns.sql" +%}
{% if selected %}
-- Reads: kulprit_selected_minutes
{% else %}
-- Reads: kulprit_request_minutes, kulprit_request_hours
{% endif %}
WITH
    {threshold_ms:Float64} * 1e6 AS threshold,
    toUInt16(floor(8 * log2(greatest(threshold, 1)))) AS edge,
    (exp2((edge + 1) / 8) - threshold) / (exp2((edge + 1) / 8) - exp2(edge / 8)) AS slow_at_edge,
    minutes_of AS
    (
        SELECT
            service,
            minute AS time,
            toFloat64(arraySum(durationsMap.requests)) AS total,
            arraySum((bucket, count) -> count * multiIf(bucket < edge, 0., bucket > edge, 1., slow_at_edge),
                durationsMap.bucket, durationsMap.requests) AS bad
{% if selected %}
        FROM kulprit_selected_minutes FINAL
        WHERE selector = {selector:String} AND service != ''
{% else %}
        FROM kulprit_request_minutes
{% endif %}
    ),
    hours_of AS
    (
{% if selected %}
        SELECT service, toStartOfHour(time) AS time, sum(minutes_of.total) AS total, sum(minutes_of.bad) AS bad
        FROM minutes_of
        GROUP BY service, time
{% else %}
        SELECT
            service,
            hour AS time,
            toFloat64(arraySum(durationsMap.requests)) AS total,
            arraySum((bucket, count) -> count * multiIf(bucket < edge, 0., bucket > edge, 1., slow_at_edge),
                durationsMap.bucket, durationsMap.requests) AS bad
        FROM kulprit_request_hours
{% endif %}
    ),
{% include "slo/_windows.sql" +%}
