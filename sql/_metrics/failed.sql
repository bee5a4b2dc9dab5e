            -- Whether the requests of a stream failed, in the order of _spans/span_failed.sql.
            arrayFirst(
                value -> match(value, '^[1-5]([0-9]{2}|xx|XX)$'),
                [
{% for metric in metrics.requests if metric.status %}
                    if(MetricName = {{ metric.name | literal }}, Attributes[{{ metric.status | literal }}], ''),
{% endfor %}
{% for key in ["http.response.status_code", "http_response_status_code", "http.status_code", "http_status_code",
    "status_code", "status", "code", "response_code", "status_class"] %}
                    Attributes[{{ key | literal }}],
{% endfor %}
                    concat(Attributes['envoy_response_code_class'], 'xx')]) AS http_status,
            lower(replaceAll(coalesce(
{% for metric in metrics.requests if metric.status %}
                nullIf(if(MetricName = {{ metric.name | literal }}, Attributes[{{ metric.status | literal }}], ''), ''),
{% endfor %}
{% for key in ["rpc.response.status_code", "rpc_response_status_code", "rpc.grpc.status_code", "rpc_grpc_status_code",
    "grpc.status_code", "grpc_status_code", "grpc.code", "grpc_code", "grpc_status", "grpc_response_status",
    "rpc.connect_rpc.error_code", "rpc_connect_rpc_error_code"] %}
                nullIf(Attributes[{{ key | literal }}], ''),
{% endfor %}
                ''), '_', '')) AS grpc_status,
            coalesce(nullIf(Attributes['status.code'], ''), Attributes['status_code']) AS span_status,
            coalesce(nullIf(Attributes['error.type'], ''), Attributes['error_type']) AS error_type,
            Attributes['outcome'] AS outcome,
{% if requests.successes %}
{% set codes = requests.successes %}
            NOT {% include "_metrics/has_code.sql" %} AND (
{% endif %}
{% if requests.failures %}
{% set codes = requests.failures %}
            {%+ include "_metrics/has_code.sql" %} OR
{% endif %}
{% for metric in metrics.requests %}
{% for failure in metric.failures %}
            (MetricName = {{ metric.name | literal }}
                AND match(Attributes[{{ metric.status | literal }}], {{ failure | whole | literal }})) OR
{% endfor %}
{% endfor %}
            grpc_status IN {% include "_spans/grpc_failures.sql" %} OR http_status LIKE '5%' OR outcome = 'SERVER_ERROR'
                OR ((error_type != '' OR span_status IN ('Error', 'STATUS_CODE_ERROR'))
                    AND http_status NOT LIKE '4%' AND outcome != 'CLIENT_ERROR'
                    AND grpc_status NOT IN {% include "_spans/grpc_client_faults.sql" +%}
                    AND NOT match(error_type, {% include "_spans/client_gone.sql" %}))
{% if requests.successes %}
            )
{% endif %}
            AS is_failed,
            concat(http_status, grpc_status, span_status, error_type, outcome) != '' AS has_status
