SELECT ServiceName FROM otel_traces WHERE {% include "reliability/_request_kind.sql" %}
{% include "reliability/_span_window.sql" %}
