-- Purpose: how far the time between services and within them moved, for the window and for each block of the history.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the history before the window
--   one_in UInt64  how many traces there are for each that is read; 1 reads all
-- Columns:
--   kind String  gap: the time between a caller's span and its callee's; self: the time spent in the service itself
--   a String  the caller, or the service itself
--   b String  the callee, or the service's endpoints in the trace
--   block Int64  0 is the window, 1, 2, ... the stretches before it
--   n1 UInt64  samples in the block
--   shift Float64  median ln(ms) in the block - median ln(ms) in the history
--   se Float64  the shift's standard error, from the history's robust scale
--   since DateTime64(9, 'UTC')  the first sample in the block that lies above the history's median by twice its scale,
--      1970 if none
-- Reads: otel_traces
WITH
    -- the window is block 0; the history behind it is cut into blocks of the same length, 1 the nearest, at most about
    -- a hundred
    toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')}) AS window_from,
    greatest(
        toUnixTimestamp64Nano({to:DateTime64(9, 'UTC')}) - window_from,
        intDiv(window_from - toUnixTimestamp64Nano({history_from:DateTime64(9, 'UTC')}), 100),
        1
    ) AS block_length,
    (nanoseconds ->
        if(nanoseconds >= window_from, 0, 1 + intDiv(window_from - 1 - nanoseconds, block_length))) AS block_of,

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

    -- requests with the span of another service that they hang from
    calls AS
    (
        SELECT
            trace_id, caller, callee, started,
            (started - caller_started) / 1e6 - caller_ms AS waited,
            if(is_call, caller_ms, ms) AS call_ms,
            -- where the caller's span is no call of this one request, what is left of it is the caller's own time
            is_call AND count() OVER (PARTITION BY trace_id, parent_id) = 1 AS has_gap,
            ms, caller_ms, has_kind
        FROM (SELECT trace_id, parent_id, service AS callee, started, ms FROM entries WHERE parent_id != '') AS children
        ANY INNER JOIN
        (
            SELECT
                TraceId::String AS trace_id,
                SpanId::String AS parent_id,
                ServiceName::String AS caller,
                toUnixTimestamp64Nano(Timestamp) AS caller_started,
                Duration / 1e6 AS caller_ms,
                SpanKind IN (
    'Client', 'Producer', 'SPAN_KIND_CLIENT', 'SPAN_KIND_PRODUCER', 'CLIENT', 'PRODUCER', 'client', 'producer') AS has_kind,
                has_kind OR (trace_id, parent_id) NOT IN (SELECT trace_id, span_id FROM entries) AS is_call
            FROM otel_traces
            WHERE SpanId != ''
      AND Timestamp >= {history_from:DateTime64(9, 'UTC')}
      AND Timestamp < {to:DateTime64(9, 'UTC')}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0
        ) AS parents USING (trace_id, parent_id)
        WHERE caller != callee
    ),

    samples AS
    (
        -- on the way: the network, queues, the set-up of a connection
        SELECT 'gap' AS kind, caller AS a, callee AS b, started, greatest(caller_ms - ms, waited) AS x, ms AS whole
        FROM calls
        WHERE has_gap
        UNION ALL
        -- a service's own time: its requests less its calls to others
        SELECT
            'self',
            service,
            arrayStringConcat(arraySort(groupUniqArrayIf(endpoint, is_entry)), ' '),
            min(started),
            sum(part),
            sumIf(part, is_entry)
        FROM
        (
            SELECT trace_id, service, endpoint, started, ms AS part, true AS is_entry
            FROM entries
            UNION ALL
            SELECT TraceId::String, ServiceName::String, '', toUnixTimestamp64Nano(Timestamp), -Duration / 1e6, false
            FROM otel_traces
            WHERE SpanKind IN (
    'Client', 'Producer', 'SPAN_KIND_CLIENT', 'SPAN_KIND_PRODUCER', 'CLIENT', 'PRODUCER', 'client', 'producer')
      AND Timestamp >= {history_from:DateTime64(9, 'UTC')}
      AND Timestamp < {to:DateTime64(9, 'UTC')}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0
            UNION ALL
            SELECT trace_id, caller, '', started, -call_ms, false
            FROM calls
            WHERE NOT has_kind
        )
        GROUP BY trace_id, service
        HAVING max(is_entry)
    ),

    -- arrays, so that the samples are made once
    gathered AS
    (
        SELECT kind, a, b, block_of(started) AS block, groupArray(x) AS times, groupArray(started) AS starts,
            groupArray(whole) AS wholes
        FROM samples
        GROUP BY kind, a, b, block
    ),

    -- in ln(ms); what is a small part of the usual request, or below a hundredth of a millisecond, counts as nothing
    measured AS
    (
        SELECT
            kind, a, b, block, starts,
            greatest(0.02 * arrayReduce('median',
                arrayFlatten(groupArrayIf(wholes, block > 0) OVER (PARTITION BY kind, a, b))), 0.01) AS least,
            arrayMap(x -> log(greatest(x, least)), times) AS xs
        FROM gathered
    ),

    -- the history's median, and its spread: the larger of two robust scales, since either can be 0 when values repeat
    usual AS
    (
        SELECT
            kind, a, b,
            arrayFlatten(groupArrayIf(xs, block > 0)) AS history,
            toUInt64(length(history)) AS n0,
            arrayReduce('median', history) AS m,
            greatest(
                1.4826 * arrayReduce('median', arrayMap(x -> abs(x - m), history)),
                (arrayReduce('quantile(0.9)', history) - arrayReduce('quantile(0.1)', history)) / 2.563
            ) AS scale,
            groupArray((block, xs, starts)) AS blocks
        FROM measured
        GROUP BY kind, a, b
        HAVING n0 > 0
    )

SELECT
    kind, a, b,
    samples_of.1 AS block,
    toUInt64(length(samples_of.2)) AS n1,
    toFloat64(arrayReduce('median', samples_of.2) - m) AS shift,
    -- 1.2533 = sqrt(pi / 2): a median's error against a mean's
    1.2533 * scale * sqrt(1 / n1 + 1 / n0) AS se,
    fromUnixTimestamp64Nano(arrayMin(arrayFilter((at, x) -> x > m + 2 * scale, samples_of.3, samples_of.2)),
        'UTC') AS since
FROM usual
ARRAY JOIN blocks AS samples_of
ORDER BY kind, a, b, block
