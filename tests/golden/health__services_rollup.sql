-- Purpose: request rate, errors and latency of each service in a window and its baseline, and over time, from the
--   minute rollup of requests, and from the spans for the minutes of a service that the rollup has not settled yet. The
--   windows must be whole minutes. The numbers are those of services_spans.
-- Params:
--   current_from DateTime64(9, 'UTC')  start of the window, inclusive
--   current_to DateTime64(9, 'UTC')  end of the window, exclusive
--   baseline_from DateTime64(9, 'UTC')  start of the baseline window, inclusive
--   baseline_to DateTime64(9, 'UTC')  end of the baseline window, exclusive
--   services Array(String)  the services in scope
--   step_seconds UInt32  the time between two points of the series
-- Columns:
--   service String  the service that served the requests
--   period String  current, baseline, or series: one stretch of the current window
--   time DateTime('UTC')  the beginning of the stretch; 1970 for a whole window
--   requests Float64  requests served
--   errors Float64  requests that failed by the service's own fault; NaN where nothing says which failed
--   p50_ms Float64  half of the requests took no longer; NaN where no duration is known
--   p95_ms Float64  95 of 100 requests took no longer
--   p99_ms Float64  99 of 100 requests took no longer
-- Reads: kulprit_request_minutes, otel_traces
WITH
    {current_from:DateTime64(9, 'UTC')} AS current_from,
    {current_to:DateTime64(9, 'UTC')} AS current_to,
    {baseline_from:DateTime64(9, 'UTC')} AS baseline_from,
    {baseline_to:DateTime64(9, 'UTC')} AS baseline_to,
    {step_seconds:UInt32} AS step,
    toStartOfMinute(current_from) AS first_minute,

    -- minutes of a service with spans whose parents have not been looked at yet
    unsettled AS
    (
        SELECT service, minute
        FROM kulprit_request_minutes AS minutes
        WHERE ((minute >= current_from AND minute < current_to) OR (minute >= baseline_from AND minute < baseline_to))
          AND minutes.service IN {services:Array(String)}
        GROUP BY service, minute
        HAVING sum(minutes.unsettled) != 0
    ),

    -- durations by bucket and stretch of time; requests and errors are not known by bucket, so they stand in a row of
    -- their own
    counted AS
    (
        SELECT
            minutes.service::String AS service,
            minutes.minute >= current_from AND minutes.minute < current_to AS is_current,
            toDateTime(
                toUnixTimestamp(first_minute)
                + if(is_current, intDiv(toUnixTimestamp(minute) - toUnixTimestamp(first_minute), step) * step, 0),
                'UTC') AS time,
            toFloat64(sum(entry.2)) AS requests,
            toFloat64(sum(entry.3)) AS errors,
            if(entry.1 < 0, 0, exp2(entry.1 / 8) / 1e6) AS lower_ms,
            if(entry.1 < 0, 0, exp2((entry.1 + 1) / 8) / 1e6) AS upper_ms,
            toFloat64(sum(entry.4)) AS durations
        FROM kulprit_request_minutes AS minutes
        ARRAY JOIN arrayConcat(
            [(toInt32(-1), minutes.requests, minutes.errors, toInt64(0))],
            arrayMap(
                (bucket, count) -> (toInt32(bucket), toInt64(0), toInt64(0), count),
                durationsMap.bucket, durationsMap.requests)) AS entry
        WHERE ((minute >= current_from AND minute < current_to) OR (minute >= baseline_from AND minute < baseline_to))
          AND (minutes.service, minute) NOT IN (SELECT service, minute FROM unsettled)
          AND minutes.service IN {services:Array(String)}
        GROUP BY service, is_current, time, entry.1
        UNION ALL
        SELECT service, is_current, time, requests, errors, lower_ms, upper_ms, durations
        FROM
        (
        SELECT
            ServiceName::String AS service,
            Timestamp >= current_from AND Timestamp < current_to AS is_current,
            toDateTime(
                toUnixTimestamp(first_minute)
                + if(is_current, intDiv(toUnixTimestamp(Timestamp) - toUnixTimestamp(first_minute), step) * step, 0),
                'UTC') AS time,
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
      AND otel_traces.ServiceName IN {services:Array(String)}
      AND ((Timestamp >= current_from - toIntervalMinute(5) AND Timestamp < current_to)
        OR (Timestamp >= baseline_from - toIntervalMinute(5) AND Timestamp < baseline_to))
      AND otel_traces.ServiceName IN (SELECT service FROM unsettled)
    )
))) AS errors,
            exp2(bucket / 8) / 1e6 AS lower_ms,
            exp2((bucket + 1) / 8) / 1e6 AS upper_ms,
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
))) AS durations
        FROM otel_traces
        WHERE ((Timestamp >= current_from AND Timestamp < current_to)
            OR (Timestamp >= baseline_from AND Timestamp < baseline_to))
          AND otel_traces.ServiceName IN {services:Array(String)}
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
      AND otel_traces.ServiceName IN {services:Array(String)}
      AND ((Timestamp >= current_from - toIntervalMinute(5) AND Timestamp < current_to)
        OR (Timestamp >= baseline_from - toIntervalMinute(5) AND Timestamp < baseline_to))
      AND otel_traces.ServiceName IN (SELECT service FROM unsettled)
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
      AND otel_traces.ServiceName IN {services:Array(String)}
      AND ((Timestamp >= current_from - toIntervalMinute(5) AND Timestamp < current_to)
        OR (Timestamp >= baseline_from - toIntervalMinute(5) AND Timestamp < baseline_to))
      AND otel_traces.ServiceName IN (SELECT service FROM unsettled))
      AND otel_traces.ServiceName IN {services:Array(String)}
      AND ((Timestamp >= current_from - toIntervalMinute(5) AND Timestamp < current_to)
        OR (Timestamp >= baseline_from - toIntervalMinute(5) AND Timestamp < baseline_to))
      AND otel_traces.ServiceName IN (SELECT service FROM unsettled)
            )
            AND ServiceName NOT IN (SELECT ServiceName FROM otel_traces WHERE SpanKind IN (
    'Server', 'Consumer', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'SERVER', 'CONSUMER', 'server', 'consumer')
      AND otel_traces.ServiceName IN {services:Array(String)}
      AND ((Timestamp >= current_from - toIntervalMinute(5) AND Timestamp < current_to)
        OR (Timestamp >= baseline_from - toIntervalMinute(5) AND Timestamp < baseline_to))
      AND otel_traces.ServiceName IN (SELECT service FROM unsettled)))
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
              AND (ServiceName, toStartOfMinute(toDateTime(Timestamp, 'UTC'))) IN (SELECT service, minute
                  FROM unsettled)
            GROUP BY service, is_current, time, bucket
        )
    ),

    -- Expects the CTE counted(service String, is_current UInt8, time DateTime('UTC'), requests, errors, lower_ms,
    -- upper_ms, durations Float64): how many requests there were, and how many of them (durations) took between
    -- lower_ms and upper_ms.

    -- whole windows, which get the time 1970, and stretches of them
    by_bucket AS
    (
        SELECT service, is_current, time, lower_ms, upper_ms, sum(requests) AS requests, sum(errors) AS errors,
            sum(durations) AS durations
        FROM counted
        GROUP BY GROUPING SETS ((service, is_current, lower_ms, upper_ms),
            (service, is_current, time, lower_ms, upper_ms))
    ),

    -- one row a service and stretch: where each bucket begins and ends, and how many durations a millisecond there are
    -- from there on. Buckets of several histograms may overlap: then their densities add up.
    by_stretch AS
    (
        SELECT
            service,
            is_current,
            time,
            sum(by_bucket.requests) AS requests,
            sum(by_bucket.errors) AS errors,
            sumIf(durations, durations > 0) AS known,
            -- nothing is known about the last bucket of a histogram but its beginning
            maxIf(lower_ms, durations > 0 AND isInfinite(upper_ms)) AS open_from,
            groupArrayIf(
                (lower_ms, upper_ms, durations / (upper_ms - lower_ms)),
                durations > 0 AND NOT isInfinite(upper_ms)) AS buckets,
            arraySort(arrayConcat(arrayMap(bucket -> (bucket.1, bucket.3), buckets),
                arrayMap(bucket -> (bucket.2, -bucket.3), buckets))) AS steps,
            arrayMap(step -> step.1, steps) AS edges,
            arrayCumSum(step -> step.2, steps) AS densities,
            -- how many durations lie below the edge after each
            arrayCumSum((density, edge, next) -> greatest(density, 0) * (next - edge), densities, edges,
                arrayPopFront(arrayPushBack(edges, edges[-1]))) AS cumulative
        FROM by_bucket
        WHERE is_current OR time = 0
        GROUP BY service, is_current, time
    ),

    -- a quantile lies before the first edge that reaches its rank, at the place that even spacing gives it
    ranked AS
    (
        SELECT
            *,
            arrayMap(level -> level * known, [0.5, 0.95, 0.99]) AS ranks,
            -- a hair less, since the sums are rounded
            arrayMap(rank -> arrayFirstIndex(reached -> reached >= rank * (1 - 1e-9), cumulative), ranks) AS places,
            arrayMap(
                (rank, place) -> multiIf(
                    known <= 0, nan,
                    place = 0, open_from,
                    edges[place + 1] - (cumulative[place] - rank) / densities[place]),
                ranks, places) AS quantiles
        FROM by_stretch
    )

SELECT
    service,
    multiIf(time != 0, 'series', is_current, 'current', 'baseline') AS period,
    time,
    requests,
    errors,
    quantiles[1] AS p50_ms,
    quantiles[2] AS p95_ms,
    quantiles[3] AS p99_ms
FROM ranked
ORDER BY service, period, time
