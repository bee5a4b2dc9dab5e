SELECT ServiceName FROM {{ source("otel_traces") }} WHERE {% include "_spans/request_kind.sql" +%}
{% include spans_read %}
