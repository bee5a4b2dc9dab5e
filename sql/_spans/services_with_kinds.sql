SELECT ServiceName FROM otel_traces WHERE {% include "_spans/request_kind.sql" +%}
{% include spans_read %}
