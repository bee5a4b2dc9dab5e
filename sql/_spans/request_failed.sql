(
    -- Whether a request failed: its own span did, or the span of a server or consumer that is one request with it.
    {%+ include "_spans/span_failed.sql" +%}
    OR cityHash64(TraceId, SpanId, ServiceName) IN
    (
        SELECT cityHash64(TraceId, ParentSpanId, ServiceName)
        FROM {{ source("otel_traces") }}
        WHERE ParentSpanId != ''
          AND {% include "_spans/request_kind.sql" +%}
          AND {% include "_spans/span_failed.sql" +%}
{% include spans_read +%}
    )
)
