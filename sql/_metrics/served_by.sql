-- Whose requests a point counts. A proxy counts those of the services behind it.
coalesce(
{% for metric in metrics.requests if metric.service %}
                if(MetricName = {{ metric.name | literal }},
                    nullIf(Attributes[{{ metric.service | literal }}], ''), NULL),
{% endfor %}
                if(match(MetricName, '^(istio|envoy|nginx_ingress|traefik|haproxy|kong|apisix)_'),
                    nullIf(replaceRegexpOne(coalesce(
{% for key in ["destination_service_name", "destination_canonical_service", "destination_workload", "exported_service",
    "service", "envoy_cluster_name", "proxy"] %}
                    nullIf(Attributes[{{ key | literal }}], ''),
{% endfor %}
                    ''), '@[a-z]+$', ''), ''), NULL),
                nullIf(ServiceName::String, ''), nullIf(Attributes['service.name'], ''),
                nullIf(Attributes['service_name'], ''), nullIf(Attributes['service'], ''), Attributes['job'])
