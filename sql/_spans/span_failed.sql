(
    -- Whether a span failed. What decides, in this order: what the configuration says of its code; a code that is the
    -- server's fault; a code that is the client's doing, or a client that went away; error.type; the span's own status.
    -- So a 404 or a cancelled call is no failure, though many tracers mark it as one.
{% if requests.successes %}
{% set codes = requests.successes %}
    NOT {% include "_spans/has_code.sql" %} AND (
{% endif %}
{% if requests.failures %}
{% set codes = requests.failures %}
    {%+ include "_spans/has_code.sql" %} OR
{% endif %}
    {%+ include "_spans/grpc_status.sql" %} IN {% include "_spans/grpc_failures.sql" +%}
    OR {% include "_spans/http_status.sql" %} >= 500
    OR ((SpanAttributes['error.type'] != '' OR StatusCode IN ('Error', 'STATUS_CODE_ERROR', 'ERROR', 'error'))
        AND {% include "_spans/http_status.sql" %} < 400
        AND {% include "_spans/grpc_status.sql" %} NOT IN {% include "_spans/grpc_client_faults.sql" +%}
        AND NOT match(concat(SpanAttributes['error.type'], ' ', StatusMessage), {% include "_spans/client_gone.sql" %})
        -- Envoy's word for it
        AND NOT has(splitByChar(',', SpanAttributes['response_flags']), 'DC'))
{% if requests.successes %}
    )
{% endif %}
)
