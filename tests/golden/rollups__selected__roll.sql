-- Purpose: requests of each service and minute that an objective selects, by the spans. Run again it replaces what it
--   wrote before, so that late spans count.
-- Params:
--   from DateTime('UTC')  the first minute
--   to DateTime('UTC')  the minute to stop before
--   selector String  which requests: a hash of what the configuration says of them
-- Reads: otel_traces
INSERT INTO kulprit_selected_minutes
    (selector, service, minute, requests, errors, durationsMap.bucket, durationsMap.requests)
SELECT
    {selector:String} AS selector,
    service,
    minute,
    sum(by_bucket.requests) AS requests,
    sum(by_bucket.errors) AS errors,
    groupArrayIf(bucket, timed != 0) AS buckets,
    groupArrayIf(timed, timed != 0) AS bucket_requests
FROM
(
    SELECT
        ServiceName::String AS service,
        toStartOfMinute(toDateTime(Timestamp, 'UTC')) AS minute,
        toUInt16(8 * log2(greatest(toInt64(Duration), 1))) AS bucket,
        toFloat64(sum((
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
))) AS requests,
        toFloat64(sumIf((
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
), (
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
      AND Timestamp >= {from:DateTime('UTC')} - toIntervalMinute(5)
      AND Timestamp < {to:DateTime('UTC')}
    )
))) AS errors,
        sumIf((
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
), NOT (
    -- Whether a request lasts as long as somebody listens. Of what is over in a tenth of a second nobody need ask.
    ifNull(toInt64(Duration), 0) >= 100000000 AND (
toUInt16OrZero(if(SpanAttributes['http.response.status_code'] != '',
        SpanAttributes['http.response.status_code'], SpanAttributes['http.status_code'])) = 101
        OR SpanAttributes['url.scheme'] IN ('ws', 'wss')
        OR match(concat(SpanAttributes['url.full'], SpanAttributes['http.url']), '^wss?:')
        OR match(SpanAttributes['http.request.header.upgrade'], '(?i)websocket')
        OR match(
            concat(SpanAttributes['http.response.header.content-type'], SpanAttributes['http.request.header.accept']),
            'text/event-stream')
        OR (
    -- Whether a span is named by one of `selectors`; those of routes alone are looked for at once.
    (
    -- Whether a span's route or path, or its name, is one of `routes`. Its attributes are looked at where its name is
    -- no path, or one that may stand for others.
    match(SpanName, '(?:^|\\n)(?:HTTP )?(?:[A-Z]+ )?(?:[a-z]+://[^/\\n]*)?(?:\\/socket\\.io\\/[^\\n]*|\\/sockjs\\/[^\\n]*|\\/signalr\\/[^\\n]*|\\/ws|\\/ws\\/[^\\n]*|[^\\n]*\\/websocket|\\/sse|\\/sse\\/[^\\n]*)/?(?:[?#][^\\n]*)?(?:\\n|$)')
    OR (NOT match(SpanName, '^(HTTP )?([A-Z]+ )?/[^*{<]*$')
        AND match(
            concat(
                SpanAttributes['http.route'], '\n', SpanAttributes['url.path'], '\n', SpanAttributes['http.target'],
                '\n', SpanAttributes['url.full'], '\n', SpanAttributes['http.url'], '\n',
                SpanAttributes['rpc.service'], '/', SpanAttributes['rpc.method']),
            '(?:^|\\n)(?:HTTP )?(?:[A-Z]+ )?(?:[a-z]+://[^/\\n]*)?(?:\\/socket\\.io\\/[^\\n]*|\\/sockjs\\/[^\\n]*|\\/signalr\\/[^\\n]*|\\/ws|\\/ws\\/[^\\n]*|[^\\n]*\\/websocket|\\/sse|\\/sse\\/[^\\n]*)/?(?:[?#][^\\n]*)?(?:\\n|$)'))
) OR
    false
))
)) AS timed
    FROM otel_traces
    WHERE Timestamp >= {from:DateTime('UTC')} AND Timestamp < {to:DateTime('UTC')}
      AND (
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
      AND Timestamp >= {from:DateTime('UTC')} - toIntervalMinute(5)
      AND Timestamp < {to:DateTime('UTC')}
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
      AND Timestamp >= {from:DateTime('UTC')} - toIntervalMinute(5)
      AND Timestamp < {to:DateTime('UTC')})
      AND Timestamp >= {from:DateTime('UTC')} - toIntervalMinute(5)
      AND Timestamp < {to:DateTime('UTC')}
            )
            AND ServiceName NOT IN (SELECT ServiceName FROM otel_traces WHERE SpanKind IN (
    'Server', 'Consumer', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'SERVER', 'CONSUMER', 'server', 'consumer')
      AND Timestamp >= {from:DateTime('UTC')} - toIntervalMinute(5)
      AND Timestamp < {to:DateTime('UTC')}))
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
      AND ServiceName != ''
    GROUP BY service, minute, bucket
) AS by_bucket
GROUP BY service, minute
