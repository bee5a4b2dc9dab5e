-- Purpose: the services that have a metric of requests in a window.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, inclusive
--   metric_names Array(String)  known metrics
-- Columns:
--   service String  the service
-- Reads: otel_metrics_sum, otel_metrics_histogram{% for table in exponential %}, {{ table | name }}{% endfor +%}
SELECT DISTINCT coalesce(nullIf(ServiceName::String, ''), nullIf(Attributes['service.name'], ''),
    nullIf(Attributes['service_name'], ''), nullIf(Attributes['service'], ''), Attributes['job']) AS service
FROM
(
    SELECT ServiceName, Attributes FROM {{ source("otel_metrics_sum") }}
    WHERE MetricName IN {metric_names:Array(String)} AND TimeUnix > {from:DateTime64(9, 'UTC')}
        AND TimeUnix <= {to:DateTime64(9, 'UTC')}
            {{- pruned("otel_metrics_sum", "{from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
    UNION ALL
    SELECT ServiceName, Attributes FROM {{ source("otel_metrics_histogram") }}
    WHERE MetricName IN {metric_names:Array(String)} AND TimeUnix > {from:DateTime64(9, 'UTC')}
        AND TimeUnix <= {to:DateTime64(9, 'UTC')}
            {{- pruned("otel_metrics_histogram", "{from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
{% for table in exponential %}
    UNION ALL
    SELECT ServiceName, Attributes FROM {{ source(table) }}
    WHERE MetricName IN {metric_names:Array(String)} AND TimeUnix > {from:DateTime64(9, 'UTC')}
        AND TimeUnix <= {to:DateTime64(9, 'UTC')}
            {{- pruned(table, "{from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
{% endfor %}
)
WHERE service != ''
ORDER BY service
