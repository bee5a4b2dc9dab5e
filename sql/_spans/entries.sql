{% set spans_read = "_spans/read_of_history.sql" %}
    -- the requests, each by the span with which it enters its service
    entries AS
    (
        SELECT
            TraceId::String AS trace_id,
            SpanId::String AS span_id,
            ParentSpanId::String AS parent_id,
            ServiceName::String AS service,
            SpanName::String AS endpoint,
            toUnixTimestamp64Nano(Timestamp) AS started,
            {% include "_spans/duration.sql" %} / 1e6 AS ms,
            {%+ include "_spans/request_failed.sql" %} AS failed,
            {%+ include "_spans/weight.sql" %} AS weight
        FROM {{ source("otel_traces") }}
        WHERE {% include "_spans/is_request.sql" +%}
{% include "_spans/window.sql" +%}
    ),
