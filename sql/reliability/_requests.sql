    -- a request is an entry span (a server's, a consumer's, or a trace's root), taken once for each trace, service and endpoint
    requests AS
    (
        SELECT
            TraceId::String AS trace_id,
            ServiceName::String AS service,
            SpanName::String AS endpoint,
            block_of(toUnixTimestamp64Nano(min(Timestamp))) AS block
        FROM otel_traces
        WHERE ({% include "reliability/_request_kind.sql" %} OR ParentSpanId = '')
{% include "reliability/_span_window.sql" %}
        GROUP BY trace_id, service, endpoint
    ),
