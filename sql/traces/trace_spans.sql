-- Purpose: the spans of one trace, the earliest first.
-- Params:
--   trace_id String  the trace
--   from DateTime64(9, 'UTC')  a time before its first span
--   to DateTime64(9, 'UTC')  a time after its last span has begun
--   limit UInt32  the number of spans to return
--   most_detailed UInt32  of a trace with more spans than this, attributes and exceptions are left out
-- Columns:
--   span_id String  the span
--   parent_id String  its parent; empty for none
--   service String  whose span it is
--   name String  what it is called
--   kind String  server, client, internal, producer or consumer
--   start Int64  when it began, in nanoseconds since 1970
--   duration Int64  how long it took, in nanoseconds; negative where it ended before it began
--   is_failed Bool  whether it failed
--   status_message String  what it says about its failure
--   attributes Map(String, String)  its attributes
--   exceptions Array(String)  the exceptions that it recorded
-- Reads: otel_traces
WITH count() OVER () <= {most_detailed:UInt32} AS is_detailed
SELECT
    toValidUTF8(SpanId) AS span_id,
    toValidUTF8(ParentSpanId) AS parent_id,
    toValidUTF8(ServiceName::String) AS service,
    toValidUTF8(SpanName::String) AS name,
    replaceOne(lower(SpanKind::String), 'span_kind_', '') AS kind,
    toUnixTimestamp64Nano(Timestamp)::Int64 AS start,
    toInt64(Duration) AS duration,
    ({% include "_spans/span_failed.sql" %})::Bool AS is_failed,
    toValidUTF8(StatusMessage) AS status_message,
    mapApply((key, value) -> (toValidUTF8(key::String), substringUTF8(toValidUTF8(value), 1, 256)),
        mapFilter((key, value) -> is_detailed, SpanAttributes))::Map(String, String) AS attributes,
    arrayMap(
        event -> toValidUTF8(concat(event['exception.type'], ': ', substring(event['exception.message'], 1, 256))),
        arrayFilter(
            (event, name) -> is_detailed AND name = 'exception',
            `Events.Attributes`, `Events.Name`)) AS exceptions
FROM {{ source("otel_traces") }}
WHERE TraceId = {trace_id:String}
  AND Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
      {{- pruned("otel_traces", "{from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
ORDER BY Timestamp, duration DESC, span_id
LIMIT {limit:UInt32}
