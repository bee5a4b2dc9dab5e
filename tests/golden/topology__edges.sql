-- Purpose: who calls whom, how often and how well, in a window and in the history before it: a request whose parent is
--   a span of another service is a call, and so is one that links to a span of another trace: what was sent there is
--   consumed here.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the history before the window
--   one_in UInt64  how many traces there are for each that is read; 1 reads all
-- Columns:
--   caller String  the service of the parent span, or of the one that is linked to
--   callee String  the service of the request
--   current_calls UInt64  calls that began in the window
--   current_errors UInt64  how many of them failed at the callee
--   baseline_calls UInt64  calls that began in the history
--   baseline_errors UInt64  how many of them failed at the callee
--   current_p95_ms Float64  95 % of the calls in the window took the callee at most so long, 0 without calls
--   baseline_p95_ms Float64  the same in the history
-- Reads: otel_traces
WITH
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
greatest(toInt64(Duration), 0) / 1e6 AS ms,
            (
    -- Whether a request failed: its own span did, or the span of a server or consumer that is one request with it.
    (
    -- Whether a span failed. What decides, in this order: a code that is the server's fault; a code that is the
    -- client's doing, or a client that went away; error.type; the span's own status. So a 404 or a cancelled call is no
    -- failure, though many tracers mark it as one.
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
)
    OR cityHash64(TraceId, SpanId, ServiceName) IN
    (
        SELECT cityHash64(TraceId, ParentSpanId, ServiceName)
        FROM otel_traces
        WHERE ParentSpanId != ''
          AND SpanKind IN (
    'Server', 'Consumer', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'SERVER', 'CONSUMER', 'server', 'consumer')
          AND (
    -- Whether a span failed. What decides, in this order: a code that is the server's fault; a code that is the
    -- client's doing, or a client that went away; error.type; the span's own status. So a 404 or a cancelled call is no
    -- failure, though many tracers mark it as one.
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
)
      AND Timestamp >= {history_from:DateTime64(9, 'UTC')} - toIntervalMinute(5)
      AND Timestamp < {to:DateTime64(9, 'UTC')}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0
    )
) AS failed
        FROM otel_traces
        WHERE (
    -- Whether a span of otel_traces is a request that its service served. This is the one definition, for every answer.
    -- Expects `spans_read`: the part that limits the spans among which parents and kinds are looked up.
    --
    -- A trace's root is one.
    ParentSpanId = ''
    -- A server's or a consumer's span is one, unless its parent is a span of the same service that is no call: a
    -- sidecar and its application, or receiving a message and processing it, are one request.
    OR (SpanKind IN (
    'Server', 'Consumer', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'SERVER', 'CONSUMER', 'server', 'consumer') AND cityHash64(TraceId, ParentSpanId, ServiceName) NOT IN
        (
            SELECT cityHash64(TraceId, SpanId, ServiceName)
            FROM otel_traces
            WHERE NOT SpanKind IN (
    'Client', 'Producer', 'SPAN_KIND_CLIENT', 'SPAN_KIND_PRODUCER', 'CLIENT', 'PRODUCER', 'client', 'producer')
      AND Timestamp >= {history_from:DateTime64(9, 'UTC')} - toIntervalMinute(5)
      AND Timestamp < {to:DateTime64(9, 'UTC')}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0
        ))
    -- Where a service's spans have no such kind (some tracers name none, or one for all), a span that is no call and
    -- hangs from no span of the same service is one.
    OR (NOT SpanKind IN (
    'Client', 'Producer', 'SPAN_KIND_CLIENT', 'SPAN_KIND_PRODUCER', 'CLIENT', 'PRODUCER', 'client', 'producer') AND cityHash64(TraceId, ParentSpanId, ServiceName) NOT IN
        (
            SELECT cityHash64(TraceId, SpanId, ServiceName)
            FROM otel_traces
            WHERE ServiceName NOT IN (SELECT ServiceName FROM otel_traces WHERE SpanKind IN (
    'Server', 'Consumer', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'SERVER', 'CONSUMER', 'server', 'consumer')
      AND Timestamp >= {history_from:DateTime64(9, 'UTC')} - toIntervalMinute(5)
      AND Timestamp < {to:DateTime64(9, 'UTC')}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0)
      AND Timestamp >= {history_from:DateTime64(9, 'UTC')} - toIntervalMinute(5)
      AND Timestamp < {to:DateTime64(9, 'UTC')}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0
        )
        AND ServiceName NOT IN (SELECT ServiceName FROM otel_traces WHERE SpanKind IN (
    'Server', 'Consumer', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'SERVER', 'CONSUMER', 'server', 'consumer')
      AND Timestamp >= {history_from:DateTime64(9, 'UTC')} - toIntervalMinute(5)
      AND Timestamp < {to:DateTime64(9, 'UTC')}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0))
)
      AND Timestamp >= {history_from:DateTime64(9, 'UTC')}
      AND Timestamp < {to:DateTime64(9, 'UTC')}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0
    ),

    links AS
    (
        SELECT TraceId::String AS trace_id, SpanId::String AS span_id,
            arrayJoin(arrayDistinct(arrayZip(`Links.TraceId`, `Links.SpanId`))) AS link
        FROM otel_traces
        WHERE notEmpty(`Links.TraceId`)
      AND Timestamp >= {history_from:DateTime64(9, 'UTC')}
      AND Timestamp < {to:DateTime64(9, 'UTC')}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0
    ),

    hangs_from AS
    (
        SELECT trace_id AS linked_trace, parent_id AS linked_id, service, started, ms, failed
        FROM entries
        WHERE parent_id != ''
        UNION ALL
        SELECT link.1, link.2, service, started, ms, failed
        FROM entries INNER JOIN links USING (trace_id, span_id)
        WHERE link != (trace_id, parent_id)
    ),

    children AS
    (
        SELECT
            linked_trace AS trace_id, linked_id AS parent_id, service AS callee, ms,
            started >= toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')}) AS is_current,
            failed AS is_error
        FROM hangs_from
    )

SELECT
    caller,
    callee,
    countIf(is_current) AS current_calls,
    countIf(is_current AND is_error) AS current_errors,
    countIf(NOT is_current) AS baseline_calls,
    countIf(NOT is_current AND is_error) AS baseline_errors,
    ifNotFinite(quantileIf(0.95)(ms, is_current), 0) AS current_p95_ms,
    ifNotFinite(quantileIf(0.95)(ms, NOT is_current), 0) AS baseline_p95_ms
FROM children
INNER JOIN
(
    -- a call and the request that it makes may share an id: what hangs from it was done by the one that serves
    SELECT TraceId::String AS trace_id, SpanId::String AS parent_id,
        argMax(ServiceName::String, SpanKind IN (
    'Server', 'Consumer', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'SERVER', 'CONSUMER', 'server', 'consumer')) AS caller
    FROM otel_traces
    WHERE SpanId != ''
      AND Timestamp >= {history_from:DateTime64(9, 'UTC')}
      AND Timestamp < {to:DateTime64(9, 'UTC')}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0
    GROUP BY trace_id, parent_id
) AS parents USING (trace_id, parent_id)
WHERE caller != callee
GROUP BY caller, callee
ORDER BY caller, callee
