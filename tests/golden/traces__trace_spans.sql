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
    ((
    -- Whether a span failed. What decides, in this order: what the configuration says of its code; a code that is the
    -- server's fault; a code that is the client's doing, or a client that went away; error.type; the span's own status.
    -- So a 404 or a cancelled call is no failure, though many tracers mark it as one.
    lower(replaceAll(coalesce(
        nullIf(SpanAttributes['rpc.response.status_code'], ''),
        nullIf(SpanAttributes['rpc.grpc.status_code'], ''),
        nullIf(SpanAttributes['grpc.status_code'], ''),
        nullIf(SpanAttributes['rpc.connect_rpc.error_code'], ''),
        ''), '_', '')) IN (
    -- the codes of gRPC (and Connect) that are the server's fault, by number or name
    '2', '4', '12', '13', '14', '15',
    'unknown', 'deadlineexceeded', 'unimplemented', 'internal', 'unavailable', 'dataloss')
    OR toUInt16OrZero(if(SpanAttributes['http.response.status_code'] != '',
        SpanAttributes['http.response.status_code'], SpanAttributes['http.status_code'])) >= 500
    OR ((SpanAttributes['error.type'] != '' OR StatusCode IN ('Error', 'STATUS_CODE_ERROR', 'ERROR', 'error'))
        AND toUInt16OrZero(if(SpanAttributes['http.response.status_code'] != '',
        SpanAttributes['http.response.status_code'], SpanAttributes['http.status_code'])) < 400
        AND lower(replaceAll(coalesce(
        nullIf(SpanAttributes['rpc.response.status_code'], ''),
        nullIf(SpanAttributes['rpc.grpc.status_code'], ''),
        nullIf(SpanAttributes['grpc.status_code'], ''),
        nullIf(SpanAttributes['rpc.connect_rpc.error_code'], ''),
        ''), '_', '')) NOT IN (
    -- the codes of gRPC (and Connect) that are the client's doing, by number or name
    '1', '3', '5', '6', '7', '8', '9', '10', '11', '16',
    'canceled', 'cancelled', 'invalidargument', 'notfound', 'alreadyexists', 'permissiondenied', 'resourceexhausted',
    'failedprecondition', 'aborted', 'outofrange', 'unauthenticated')
        AND NOT match(concat(SpanAttributes['error.type'], ' ', StatusMessage), concat('(?i)',
            -- the whole name of the error, or the whole message
            '^ ?(\\S*[.])?(cancell?ed(error)?|client_?(abort|disconnect|clos)\\S*)( |$)|',
            -- as servers put it in a sentence
            '\\b(context|request|stream|rpc|call) (was |is )?cancell?ed\\b|',
            '\\bclient (has |was )?(abort|disconnect|closed|cancell?ed|gone|went away)|',
            '\\b(abort|disconnect|cancel|clos)\\w* by (the )?(client|caller|user)\\b'))
        -- Envoy's word for it
        AND NOT has(splitByChar(',', SpanAttributes['response_flags']), 'DC'))
))::Bool AS is_failed,
    toValidUTF8(StatusMessage) AS status_message,
    mapApply((key, value) -> (toValidUTF8(key::String), substringUTF8(toValidUTF8(value), 1, 256)),
        mapFilter((key, value) -> is_detailed, SpanAttributes))::Map(String, String) AS attributes,
    arrayMap(
        event -> toValidUTF8(concat(event['exception.type'], ': ', substring(event['exception.message'], 1, 256))),
        arrayFilter(
            (event, name) -> is_detailed AND name = 'exception',
            `Events.Attributes`, `Events.Name`)) AS exceptions
FROM otel_traces
WHERE TraceId = {trace_id:String}
  AND Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
ORDER BY Timestamp, duration DESC, span_id
LIMIT {limit:UInt32}
