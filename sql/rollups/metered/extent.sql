-- Purpose: when the first and the last of those points of a metric of requests was read that are not rolled up yet.
-- Params:
--   metric_names Array(String)  known metrics
--   span_metrics String  how the names of metrics end that are made from spans, as a regular expression
--   late_seconds UInt32  how late a point may come and still count
-- Columns:
--   rows UInt64  the number of such points
--   oldest DateTime64(9, 'UTC')  the earliest; 1970 when there are none
--   newest DateTime64(9, 'UTC')  the latest; 1970 when there are none
-- Reads: otel_metrics_sum, otel_metrics_histogram{% for table in further_points %}, {{ table | name }}{% endfor %},
-- kulprit_metered_minutes
SELECT
    count() AS rows,
    toDateTime64(min(TimeUnix), 9, 'UTC') AS oldest,
    toDateTime64(max(TimeUnix), 9, 'UTC') AS newest
FROM
(
    SELECT TimeUnix FROM {{ source("otel_metrics_sum") }} WHERE {% include "_metrics/is_known.sql" %}
    UNION ALL
    SELECT TimeUnix FROM {{ source("otel_metrics_histogram") }} WHERE {% include "_metrics/is_known.sql" %}
{% for table in further_points %}
    UNION ALL
    SELECT TimeUnix FROM {{ source(table) }} WHERE {% include "_metrics/is_known.sql" %}
{% endfor %}
)
-- The lateness is added here, since before 1970 there is no DateTime.
WHERE TimeUnix + toIntervalSecond({late_seconds:UInt32})
    >= ifNull((SELECT max(minute) FROM kulprit_metered_minutes), toDateTime(0, 'UTC'))
