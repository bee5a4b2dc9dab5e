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
)
    OR cityHash64(TraceId, SpanId, ServiceName) IN
    (
        SELECT cityHash64(TraceId, ParentSpanId, ServiceName)
        FROM otel_traces
        WHERE ParentSpanId != ''
          AND SpanKind IN (
    'Server', 'Consumer', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'SERVER', 'CONSUMER', 'server', 'consumer')
          AND (
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
)
      AND Timestamp >= {history_from:DateTime64(9, 'UTC')} - toIntervalMinute(5)
      AND Timestamp < {to:DateTime64(9, 'UTC')}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0
    )
) AS failed,
            (
    -- For how many requests a span counts: a whole number, which is the nearest above or below what the sampler wrote,
    -- by chance and always the same for a trace, so that sums come out right.
    toInt64(least((
    -- How many spans one stands for, by what the sampler wrote: OpenTelemetry's threshold or exponent in the trace
    -- state, or an attribute with a rate or a probability. A span that was kept for its priority stands for itself.
    multiIf(
        -- most spans say nothing of it: one look at the names of their attributes takes less time than asking for each
        TraceState = '' AND NOT arrayExists(
            key -> startsWith(key, 'sampl') OR startsWith(key, 'SampleRate'), mapKeys(SpanAttributes)),
            1.,
        match(TraceState, '(^|,) *ot=([^,]*;)?th:'),
            72057594037927936. / greatest(1, 72057594037927936. - reinterpretAsUInt64(reverse(unhex(
                rightPad(extract(TraceState, '(?:^|,) *ot=(?:[^,]*;)?th:([0-9a-f]{1,14})'), 14, '0'))))),
        match(TraceState, '(^|,) *ot=([^,]*;)?p:'),
            exp2(toUInt8OrZero(extract(TraceState, '(?:^|,) *ot=(?:[^,]*;)?p:([0-9]{1,2})'))),
        toFloat64OrZero(SpanAttributes['sampling.priority']) > 0, 1.,
        (coalesce(
            nullIf(SpanAttributes['SampleRate'], ''),
            nullIf(SpanAttributes['sample_rate'], ''),
            nullIf(SpanAttributes['sampling.rate'], ''),
            nullIf(SpanAttributes['sampling.probability'], ''),
            nullIf(SpanAttributes['sampling.ratio'], ''),
            if(SpanAttributes['sampler.type'] = 'probabilistic', SpanAttributes['sampler.param'], '')
        ) AS sampling) = '', 1.,
        toFloat64OrZero(sampling) >= 1, toFloat64OrZero(sampling),
        toFloat64OrZero(sampling) > 0, 1 / toFloat64OrZero(sampling),
        1.)
), 1000000)
        + cityHash64(TraceId, 'counts for') / 18446744073709551616.)
) AS weight
        FROM otel_traces
        WHERE (
    -- Whether a span of otel_traces is a request that its service served. This is the one definition, for every answer.
    -- Expects `spans_read`: the part that limits the spans among which parents and kinds are looked up.
    (
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
        -- Where a service's spans have no such kind (some tracers name none, or one for all), a span that is no call
        -- and hangs from no span of the same service is one.
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
    -- What the configuration leaves out is none.
    AND NOT (
    -- Whether a span is named by one of `selectors`; those of routes alone are looked for at once.
    (
    -- Whether a span's route or path, or its name, is one of `routes`. Its attributes are looked at where its name is
    -- no path, or one that may stand for others.
    match(SpanName, '(?:^|\\n)(?:HTTP )?(?:[A-Z]+ )?(?:[a-z]+://[^/\\n]*)?(?:\\/health|\\/healthz|\\/healthcheck|\\/health\\/live|\\/health\\/ready|\\/ready|\\/readyz|\\/live|\\/livez|\\/metrics|\\/\\-\\/healthy|\\/\\-\\/ready|\\/actuator\\/health[^\\n]*|\\/actuator\\/prometheus|/?grpc\\.health\\.v1\\.Health\\/[^\\n]*)/?(?:[?#][^\\n]*)?(?:\\n|$)')
    OR (NOT match(SpanName, '^(HTTP )?([A-Z]+ )?/[^*{<]*$')
        AND match(
            concat(
                SpanAttributes['http.route'], '\n', SpanAttributes['url.path'], '\n', SpanAttributes['http.target'],
                '\n', SpanAttributes['url.full'], '\n', SpanAttributes['http.url'], '\n',
                SpanAttributes['rpc.service'], '/', SpanAttributes['rpc.method']),
            '(?:^|\\n)(?:HTTP )?(?:[A-Z]+ )?(?:[a-z]+://[^/\\n]*)?(?:\\/health|\\/healthz|\\/healthcheck|\\/health\\/live|\\/health\\/ready|\\/ready|\\/readyz|\\/live|\\/livez|\\/metrics|\\/\\-\\/healthy|\\/\\-\\/ready|\\/actuator\\/health[^\\n]*|\\/actuator\\/prometheus|/?grpc\\.health\\.v1\\.Health\\/[^\\n]*)/?(?:[?#][^\\n]*)?(?:\\n|$)'))
) OR
    false
)
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
        SELECT trace_id AS linked_trace, parent_id AS linked_id, service, started, ms, failed, weight
        FROM entries
        WHERE parent_id != ''
        UNION ALL
        SELECT link.1, link.2, service, started, ms, failed, weight
        FROM entries INNER JOIN links USING (trace_id, span_id)
        WHERE link != (trace_id, parent_id)
    ),

    children AS
    (
        SELECT
            linked_trace AS trace_id, linked_id AS parent_id, service AS callee, ms, weight,
            started >= toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')}) AS is_current,
            failed AS is_error
        FROM hangs_from
    )

SELECT
    caller,
    callee,
    toUInt64(sumIf(weight, is_current)) AS current_calls,
    toUInt64(sumIf(weight, is_current AND is_error)) AS current_errors,
    toUInt64(sumIf(weight, NOT is_current)) AS baseline_calls,
    toUInt64(sumIf(weight, NOT is_current AND is_error)) AS baseline_errors,
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
