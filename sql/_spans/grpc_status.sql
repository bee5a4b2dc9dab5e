lower(replaceAll(coalesce(
{% for key in ["rpc.response.status_code", "rpc.grpc.status_code", "grpc.status_code", "rpc.connect_rpc.error_code"] %}
        nullIf(SpanAttributes[{{ key | literal }}], ''),
{% endfor %}
        ''), '_', ''))
