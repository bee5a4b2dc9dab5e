-- Purpose: when the first and the last point of a metric of requests was read from some time on.
-- Params:
--   since DateTime64(9, 'UTC')  the time
--   metric_names Array(String)  known metrics
--   span_metrics String  how the names of metrics end that are made from spans, as a regular expression
-- Columns:
--   rows UInt64  the number of such points
--   oldest DateTime64(9, 'UTC')  the earliest; 1970 when there are none
--   newest DateTime64(9, 'UTC')  the latest; 1970 when there are none
-- Reads: otel_metrics_sum, otel_metrics_histogram{% for table in further_points %}, {{ table | name }}{% endfor +%}
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
WHERE TimeUnix >= {since:DateTime64(9, 'UTC')}
