{# When the first and the last point of a metric of requests was read. #}
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
