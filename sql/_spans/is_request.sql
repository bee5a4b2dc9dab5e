(
    -- Whether a span of otel_traces is a request that its service served. This is the one definition, for every answer.
    -- Expects `spans_read`: the part that limits the spans among which parents and kinds are looked up.
    (
        -- A trace's root is one.
        ParentSpanId = ''
        -- A server's or a consumer's span is one, unless its parent is a span of the same service that is no call: a
        -- sidecar and its application, or receiving a message and processing it, are one request.
        OR ({% include "_spans/request_kind.sql" %} AND cityHash64(TraceId, ParentSpanId, ServiceName) NOT IN
            (
                SELECT cityHash64(TraceId, SpanId, ServiceName)
                FROM {{ source("otel_traces") }}
                WHERE NOT {% include "_spans/call_kind.sql" +%}
{% include spans_read +%}
            ))
        -- Where a service's spans have no such kind (some tracers name none, or one for all), a span that is no call
        -- and hangs from no span of the same service is one.
        OR (NOT {% include "_spans/call_kind.sql" %} AND cityHash64(TraceId, ParentSpanId, ServiceName) NOT IN
            (
                SELECT cityHash64(TraceId, SpanId, ServiceName)
                FROM {{ source("otel_traces") }}
                WHERE ServiceName NOT IN ({% include "_spans/services_with_kinds.sql" %})
{% include spans_read +%}
            )
            AND ServiceName NOT IN ({% include "_spans/services_with_kinds.sql" %}))
    )
    -- What the configuration leaves out is none.
    AND NOT {% include "_spans/is_ignored.sql" +%}
)
