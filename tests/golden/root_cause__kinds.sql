-- Purpose: the services whose spans say that they serve requests. Those of the others have no such kind.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the history before the window
--   one_in UInt64  how many traces of the history there are for each that is read; 1 reads all
--   current_one_in UInt64  the same for the window; a divisor of one_in
-- Columns:
--   service String  the service
-- Reads: otel_traces
WITH question_read AS
(
SELECT
    cityHash64(TraceId) AS trace,
    cityHash64(TraceId, SpanId) AS id,
    if(ParentSpanId = '', 0, cityHash64(TraceId, ParentSpanId)) AS parent,
    -- what a service does in a trace
    cityHash64(trace, service) AS visit,
    ServiceName::LowCardinality(String) AS service,
    -- ids in a name would make each request an endpoint of its own
    replaceRegexpAll(SpanName, '\\b(?:[0-9]+|[0-9a-fA-F]{8,}(?:-[0-9a-fA-F]{4,}){0,4})\\b', '<id>')
        ::LowCardinality(String) AS name,
    -- 1 serves, 2 calls, 0 does neither or does not say
    multiIf(SpanKind IN (
    'Server', 'Consumer', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'SERVER', 'CONSUMER', 'server', 'consumer'), 1, SpanKind IN (
    'Client', 'Producer', 'SPAN_KIND_CLIENT', 'SPAN_KIND_PRODUCER', 'CLIENT', 'PRODUCER', 'client', 'producer'), 2, 0)::UInt8 AS kind,
    toUnixTimestamp64Nano(Timestamp) AS started,
    -- a span that ends before it begins took no time
    if(Duration >= 9223372036854775808, 0, Duration) / 1e6 AS ms,
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
)::UInt8 AS failed,
    -- of what says that it is a request: for how many it counts, whether it is left out, whether it lasts as long as
    -- somebody listens; to ask all spans would take as long as to read them
    kind = 1 OR ParentSpanId = '' AS says_request,
    if(says_request, (
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
), 1)::UInt32 AS weight,
    (says_request AND (
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
))::UInt8 AS is_ignored,
    (says_request AND (
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
))::UInt8 AS is_stream,
    (
    -- What a call waits for, by what the caller says of it: a name, or a kind of system and an address.
    if(NOT SpanKind IN (
    'Client', 'Producer', 'SPAN_KIND_CLIENT', 'SPAN_KIND_PRODUCER', 'CLIENT', 'PRODUCER', 'client', 'producer'), '',
        trimBoth(concat(
            coalesce(
                nullIf(SpanAttributes['db.system.name'], ''),
                nullIf(SpanAttributes['db.system'], ''),
                SpanAttributes['messaging.system']),
            ' ',
            coalesce(
                nullIf(SpanAttributes['peer.service'], ''),
                nullIf(SpanAttributes['messaging.destination.name'], ''),
                nullIf(SpanAttributes['server.address'], ''),
                nullIf(SpanAttributes['net.peer.name'], ''),
                nullIf(domain(if(SpanAttributes['url.full'] = '',
                    SpanAttributes['http.url'], SpanAttributes['url.full'])), ''),
                nullIf(SpanAttributes['db.namespace'], ''),
                SpanAttributes['db.name'])
        )))
)::LowCardinality(String) AS peer
FROM otel_traces
WHERE Timestamp >= {history_from:DateTime64(9, 'UTC')} - toIntervalMinute(5)
  -- what belongs to a request of the window may begin after it
  AND Timestamp < {to:DateTime64(9, 'UTC')} + toIntervalMinute(5)
  AND cityHash64(TraceId) % if(
      Timestamp >= {from:DateTime64(9, 'UTC')} - toIntervalMinute(5),
      {current_one_in:UInt64},
      {one_in:UInt64}) = 0
)
SELECT DISTINCT service::String AS service
FROM question_read
WHERE kind = 1
ORDER BY service
