-- Purpose: the services that have a metric of requests in a window.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, inclusive
--   metric_names Array(String)  known metrics
--   span_metrics String  how the names of metrics end that are made from spans, as a regular expression
-- Columns:
--   service String  the service
-- Reads: otel_metrics_sum, otel_metrics_histogram{% for table in further_points %}, {{ table | name }}{% endfor +%}
SELECT DISTINCT
            {%+ include "_metrics/served_by.sql" %} AS service
FROM
(
    SELECT ServiceName, MetricName, Attributes FROM {{ source("otel_metrics_sum") }}
    WHERE {% include "_metrics/is_known.sql" %} AND TimeUnix > {from:DateTime64(9, 'UTC')}
        AND TimeUnix <= {to:DateTime64(9, 'UTC')}
            {{- pruned("otel_metrics_sum", "{from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
    UNION ALL
    SELECT ServiceName, MetricName, Attributes FROM {{ source("otel_metrics_histogram") }}
    WHERE {% include "_metrics/is_known.sql" %} AND TimeUnix > {from:DateTime64(9, 'UTC')}
        AND TimeUnix <= {to:DateTime64(9, 'UTC')}
            {{- pruned("otel_metrics_histogram", "{from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
{% for table in further_points %}
    UNION ALL
    SELECT ServiceName, MetricName, Attributes FROM {{ source(table) }}
    WHERE {% include "_metrics/is_known.sql" %} AND TimeUnix > {from:DateTime64(9, 'UTC')}
        AND TimeUnix <= {to:DateTime64(9, 'UTC')}
            {{- pruned(table, "{from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
{% endfor %}
)
WHERE service != ''
  AND (MetricName IN {metric_names:Array(String)} OR concat(Attributes['span.kind'], Attributes['span_kind']) != '')
ORDER BY service
