-- Purpose: requests and slow requests of each service in the windows of burn rates and in the period of an objective,
--   from the rollups. In the bucket that holds the threshold, durations count as evenly spaced. Streams, which take as
--   long as somebody listens, are left out.
{% include "slo/_events.sql" +%}
--   threshold_ms Float64  a request that takes longer is bad
{% include "slo/_columns.sql" +%}
{% if selected %}
-- Reads: kulprit_selected_minutes
{% else %}
-- Reads: kulprit_request_minutes, kulprit_request_hours{% if unsettled %}, otel_traces{% endif +%}
{% endif %}
WITH
    {threshold_ms:Float64} * 1e6 AS threshold,
    toUInt16(floor(8 * log2(greatest(threshold, 1)))) AS edge,
    (exp2((edge + 1) / 8) - threshold) / (exp2((edge + 1) / 8) - exp2(edge / 8)) AS slow_at_edge,
    ((bucket, count) -> count * multiIf(bucket < edge, 0., bucket > edge, 1., slow_at_edge)) AS slow_of,
{% if unsettled and not selected %}
{% include "slo/_settled.sql" +%}
    corrected AS
    (
        SELECT service, minute AS time, timed AS total, slow_of(bucket, timed) AS bad FROM settled
        UNION ALL
        SELECT
            service::String, minute AS time, -toFloat64(arraySum(durationsMap.requests)) AS total,
            -arraySum((bucket, count) -> slow_of(bucket, count), durationsMap.bucket, durationsMap.requests) AS bad
        FROM kulprit_request_minutes
        WHERE (service, minute) IN (SELECT service, minute FROM unsettled)
    ),
{% endif %}
    minutes_of AS
    (
{% if unsettled and not selected %}
        SELECT service, time, total, bad FROM corrected
        UNION ALL
{% endif %}
        SELECT
            service,
            minute AS time,
            toFloat64(arraySum(durationsMap.requests)) AS total,
            arraySum((bucket, count) -> slow_of(bucket, count), durationsMap.bucket, durationsMap.requests) AS bad
{% if selected %}
        FROM kulprit_selected_minutes FINAL
        -- metrics tell no durations
        WHERE selector = {selector:String} AND service != '' AND notEmpty(durationsMap.bucket)
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
{% if unsettled %}
        SELECT service, toStartOfHour(time) AS time, total, bad FROM corrected
        UNION ALL
{% endif %}
        SELECT
            service,
            hour AS time,
            toFloat64(arraySum(durationsMap.requests)) AS total,
            arraySum((bucket, count) -> slow_of(bucket, count), durationsMap.bucket, durationsMap.requests) AS bad
        FROM kulprit_request_hours
{% endif %}
    ),
{% include "slo/_windows.sql" +%}
