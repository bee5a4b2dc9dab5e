    -- A request enters its service by a server's span, a consumer's, or a trace's root. Where a service's spans have no such kind (some tracers
    -- name none, or one for all), by a span that hangs from no span of the same service.
    entries AS
    (
        SELECT
            TraceId::String AS trace_id,
            SpanId::String AS span_id,
            ParentSpanId::String AS parent_id,
            ServiceName::String AS service,
            SpanName::String AS endpoint,
            toUnixTimestamp64Nano(Timestamp) AS started,
            Duration / 1e6 AS ms,
            {% include "_spans/request_failed.sql" %} AS failed
        FROM otel_traces
        WHERE
        (
            {% include "_spans/request_kind.sql" %}

            OR ParentSpanId = ''
            OR
            (
                NOT {% include "_spans/call_kind.sql" %}

                AND ServiceName NOT IN ({% include "_spans/services_with_kinds.sql" %})
                AND (TraceId, ParentSpanId, ServiceName) NOT IN
                (
                    SELECT TraceId, SpanId, ServiceName
                    FROM otel_traces
                    WHERE ServiceName NOT IN ({% include "_spans/services_with_kinds.sql" %})
{% include "_spans/window.sql" %}
                )
            )
        )
{% include "_spans/window.sql" %}
    ),
