-- Purpose: the requests of a window that failed or took longest, each by the span that served it; without services in
--   scope, those that no other span called.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   only_failed Bool  whether only requests that failed are meant
--   slowest_first Bool  the slowest first; else the latest first
--   min_duration UInt64  nanoseconds that a request must have taken
--   limit UInt32  the number of requests to return
{% if scoped %}
--   services Array(String)  the services in scope
{% endif %}
-- Columns:
--   trace_id String  the trace
--   span_id String  the span that served the request
--   service String  whose span it is
--   name String  what the span is called
--   start Int64  when it began, in nanoseconds since 1970
--   duration UInt64  how long it took, in nanoseconds
--   is_failed Bool  whether the request failed
--   is_entry Bool  whether no other span called it
--   http_status String  its HTTP status, if it has one
--   status_message String  what the span says about its failure
-- Reads: otel_traces
{% set spans_read = "_spans/read_of_window.sql" %}
SELECT
    toValidUTF8(TraceId) AS trace_id,
    toValidUTF8(SpanId) AS span_id,
    toValidUTF8(ServiceName::String) AS service,
    toValidUTF8(SpanName::String) AS name,
    toUnixTimestamp64Nano(Timestamp)::Int64 AS start,
    toUInt64({% include "_spans/duration.sql" %}) AS duration,
    ({% include "_spans/request_failed.sql" %})::Bool AS is_failed,
    (ParentSpanId = '')::Bool AS is_entry,
    toValidUTF8(
        if(SpanAttributes['http.response.status_code'] != '', SpanAttributes['http.response.status_code'],
        SpanAttributes['http.status_code'])) AS http_status,
    toValidUTF8(StatusMessage) AS status_message
FROM {{ source("otel_traces") }}
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
    {{- pruned("otel_traces", "{from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
{% if scoped %}
  AND otel_traces.ServiceName IN {services:Array(String)}
  AND {% include "_spans/is_request.sql" +%}
{% else %}
  AND ParentSpanId = ''
{% endif %}
  AND TraceId != ''
  AND {% include "_spans/duration.sql" %} >= {min_duration:UInt64}
  AND (NOT {only_failed:Bool} OR {% include "_spans/request_failed.sql" %})
ORDER BY if({slowest_first:Bool}, duration, 0) DESC, Timestamp DESC, trace_id, span_id
LIMIT {limit:UInt32}
