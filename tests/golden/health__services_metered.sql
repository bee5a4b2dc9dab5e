-- Purpose: the services that have a metric of requests in a window.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, inclusive
--   metric_names Array(String)  known metrics
--   span_metrics String  how the names of metrics end that are made from spans, as a regular expression
-- Columns:
--   service String  the service
-- Reads: otel_metrics_sum, otel_metrics_histogram
SELECT DISTINCT
            -- Whose requests a point counts. A proxy counts those of the services behind it.
coalesce(
                if(match(MetricName, '^(istio|envoy|nginx_ingress|traefik|haproxy|kong|apisix)_'),
                    nullIf(replaceRegexpOne(coalesce(
                    nullIf(Attributes['destination_service_name'], ''),
                    nullIf(Attributes['destination_canonical_service'], ''),
                    nullIf(Attributes['destination_workload'], ''),
                    nullIf(Attributes['exported_service'], ''),
                    nullIf(Attributes['service'], ''),
                    nullIf(Attributes['envoy_cluster_name'], ''),
                    nullIf(Attributes['proxy'], ''),
                    ''), '@[a-z]+$', ''), ''), NULL),
                nullIf(ServiceName::String, ''), nullIf(Attributes['service.name'], ''),
                nullIf(Attributes['service_name'], ''), nullIf(Attributes['service'], ''), Attributes['job']) AS service
FROM
(
    SELECT ServiceName, MetricName, Attributes FROM otel_metrics_sum
    WHERE (MetricName IN {metric_names:Array(String)} OR match(MetricName, {span_metrics:String})) AND TimeUnix > {from:DateTime64(9, 'UTC')}
        AND TimeUnix <= {to:DateTime64(9, 'UTC')}
    UNION ALL
    SELECT ServiceName, MetricName, Attributes FROM otel_metrics_histogram
    WHERE (MetricName IN {metric_names:Array(String)} OR match(MetricName, {span_metrics:String})) AND TimeUnix > {from:DateTime64(9, 'UTC')}
        AND TimeUnix <= {to:DateTime64(9, 'UTC')}
)
WHERE service != ''
  AND (MetricName IN {metric_names:Array(String)} OR concat(Attributes['span.kind'], Attributes['span_kind']) != '')
ORDER BY service
