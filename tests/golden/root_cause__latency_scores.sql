-- Purpose: how far the time between services and within them moved, for the window and for each block of the history.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the history before the window
--   one_in UInt64  how many traces of the history there are for each that is read; 1 reads all
--   current_one_in UInt64  the same for the window; a divisor of one_in
--   services_with_kinds Array(String)  the services whose spans say that they serve requests
--   settled_to DateTime64(9, 'UTC')  requests that began from here on may not have ended yet, and are left out; at most
--      the end of the window
--   peers Array(String)  what calls name
--   targets Array(String)  what each of these is: a service, or else the same
--   called Array(String)  the services among them
-- Columns:
--   kind String  gap: the time between a caller's span and its callee's; wait: a call to what sends no spans; self: the
--      time spent in the service itself
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
    -- What the question is about, read once: in a session these are its temporary tables.
    question_read AS MATERIALIZED
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
    ),

    question_spans AS MATERIALIZED
    (
SELECT
    trace, id, parent, visit, service, name, kind, started, ms, failed, is_ignored, is_stream, weight, peer,
    parent_service, parent_kind, parent_started, parent_ms,
    -- Whether it is a request that its service served; the rules are those of sql/_spans/is_request.sql.
    ((parent = 0
        OR kind = 1 AND NOT (parent_service = service AND parent_kind != 2)
        OR kind != 2 AND parent_service != service AND service NOT IN {services_with_kinds:Array(String)})
        AND NOT is_ignored
    )::UInt8 AS is_request,
    -- whether the span of a server or consumer that is one request with it failed
    has(failed_inside_of, service) AS failed_inside,
    -- whether it is a call that no span answers, and not the outside of another call
    (kind = 2 AND answered_id = 0 AND peer != '')::UInt8 AS is_unanswered
FROM question_read AS own
LEFT ANY JOIN
(
    SELECT id AS parent, service AS parent_service, kind AS parent_kind, started AS parent_started, ms AS parent_ms
    FROM question_read
) AS above USING (parent)
LEFT ANY JOIN
(
    SELECT parent AS answered_id, groupUniqArrayIf(service, kind = 1 AND failed) AS failed_inside_of
    FROM question_read
    WHERE parent != 0 AND kind != 0
    GROUP BY parent
) AS below ON own.id = below.answered_id
    ),


    question_requests AS MATERIALIZED
    (
SELECT
    trace, id, parent, visit, service, name AS endpoint, started, ms,
    failed OR failed_inside AS failed,
    if(parent_service = service, '', parent_service) AS caller,
    parent_kind AS caller_kind,
    parent_started AS caller_started,
    parent_ms AS caller_ms,
    is_stream, weight,
    -- the window is block 0; the history behind it is cut into blocks of the same length, 1 the nearest, at most about
    -- a hundred
    toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')}) AS window_from,
    greatest(
        toUnixTimestamp64Nano({to:DateTime64(9, 'UTC')}) - window_from,
        intDiv(window_from - toUnixTimestamp64Nano({history_from:DateTime64(9, 'UTC')}), 100),
        1
    ) AS block_length,
    if(started >= window_from, 0, 1 + intDiv(window_from - 1 - started, block_length)) AS block
FROM question_spans
WHERE is_request
  AND started >= toUnixTimestamp64Nano({history_from:DateTime64(9, 'UTC')})
  AND started < toUnixTimestamp64Nano({settled_to:DateTime64(9, 'UTC')})
  -- around the start of the window the history's traces are drawn as everywhere in the history
  AND (started >= window_from OR trace % {one_in:UInt64} = 0)
    ),

    question_calls AS MATERIALIZED
    (
SELECT
    trace, visit, service, name, started, ms, failed,
    transform(peer::String, {peers:Array(String)}, {targets:Array(String)}, peer::String)::LowCardinality(String)
        AS target,
    (target IN {called:Array(String)})::UInt8 AS is_known,
    -- the window is block 0; the history behind it is cut into blocks of the same length, 1 the nearest, at most about
    -- a hundred
    toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')}) AS window_from,
    greatest(
        toUnixTimestamp64Nano({to:DateTime64(9, 'UTC')}) - window_from,
        intDiv(window_from - toUnixTimestamp64Nano({history_from:DateTime64(9, 'UTC')}), 100),
        1
    ) AS block_length,
    if(started >= window_from, 0, 1 + intDiv(window_from - 1 - started, block_length)) AS block
FROM question_spans
WHERE is_unanswered
  -- what a request calls that is left out is left out with it
  AND visit NOT IN (SELECT visit FROM question_spans WHERE is_ignored)
  AND started >= toUnixTimestamp64Nano({history_from:DateTime64(9, 'UTC')})
  AND started < toUnixTimestamp64Nano({settled_to:DateTime64(9, 'UTC')})
  -- around the start of the window the history's traces are drawn as everywhere in the history
  AND (started >= window_from OR trace % {one_in:UInt64} = 0)
    ),


    -- requests with the span of another service that they hang from
    calls AS
    (
        SELECT
            visit, cityHash64(trace, caller) AS caller_visit, caller, service AS callee, block, started,
            (started - caller_started) / 1e6 - caller_ms AS waited,
            -- where the caller's span is no call of this one request, what is left of it is the caller's own time
            caller_kind = 2 OR parent NOT IN
            (
                SELECT id FROM question_requests WHERE id IN
                    (SELECT parent FROM question_requests WHERE caller_kind != 2 AND caller != '')
            ) AS is_call,
            if(is_call, caller_ms, ms) AS call_ms,
            is_call AND NOT is_stream AND count() OVER (PARTITION BY parent) = 1 AS has_gap,
            ms, caller_ms, caller_kind
        FROM question_requests
        WHERE caller != ''
    ),

    samples AS
    (
        -- on the way: the network, queues, the set-up of a connection
        SELECT 'gap' AS kind, caller::String AS a, callee::String AS b, block, started,
            greatest(caller_ms - ms, waited) AS x, ms AS whole
        FROM calls
        WHERE has_gap
        UNION ALL
        -- all of a call to what sends no spans
        SELECT 'wait', service::String, target::String, block, started, ms, ms
        FROM question_calls
        WHERE NOT is_known
        UNION ALL
        -- a service's own time: its requests less its calls to others
        SELECT
            'self',
            any(service)::String,
            arrayStringConcat(arraySort(groupUniqArrayIf(endpoint::String, is_entry)), ' '),
            argMinIf(block, started, is_entry),
            minIf(started, is_entry),
            sum(part),
            sumIf(part, is_entry)
        FROM
        (
            SELECT visit, service, endpoint, block, started, ms AS part, true AS is_entry
            FROM question_requests
            WHERE NOT is_stream
            UNION ALL
            SELECT visit, service, '', 0, started, -ms, false
            FROM question_spans
            WHERE kind = 2 AND NOT (parent_kind = 2 AND parent_service = service)
            UNION ALL
            SELECT caller_visit, caller, '', 0, started, -call_ms, false
            FROM calls
            WHERE caller_kind != 2
        )
        GROUP BY visit
        HAVING max(is_entry)
    ),

    -- arrays, so that the samples are made once
    gathered AS
    (
        SELECT kind, a, b, block, groupArray(x) AS times, groupArray(started) AS starts,
            groupArray(whole) AS wholes
        FROM samples
        GROUP BY kind, a, b, block
    ),

    -- in ln(ms); what is a small part of the usual request, or below a hundredth of a millisecond, counts as nothing
    measured AS
    (
        SELECT
            kind, a, b, block, starts,
            greatest(0.02 * arrayReduce('quantileExactInclusive(0.5)',
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
            arrayReduce('quantileExactInclusive(0.5)', history) AS m,
            greatest(
                1.4826 * arrayReduce('quantileExactInclusive(0.5)', arrayMap(x -> abs(x - m), history)),
                (arrayReduce('quantileExactInclusive(0.9)', history)
                    - arrayReduce('quantileExactInclusive(0.1)', history)) / 2.563
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
    toFloat64(arrayReduce('quantileExactInclusive(0.5)', samples_of.2) - m) AS shift,
    -- 1.2533 = sqrt(pi / 2): a median's error against a mean's
    1.2533 * scale * sqrt(1 / n1 + 1 / n0) AS se,
    fromUnixTimestamp64Nano(arrayMin(arrayFilter((at, x) -> x > m + 2 * scale, samples_of.3, samples_of.2)),
        'UTC') AS since
FROM usual
ARRAY JOIN blocks AS samples_of
ORDER BY kind, a, b, block
SETTINGS enable_materialized_cte = 1

