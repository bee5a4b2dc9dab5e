-- Purpose: how far each service's mix of log events changed, for the window and for each block of the history, over the
--   lines that belong to no request that spans know of. Lines of one trace count once; a line without a trace id counts
--   by itself.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the history before the window
--   one_in UInt64  how many traces there are for each that is read; 1 reads all
-- Columns:
--   service String  the service
--   block Int64  0 is the window, 1, 2, ... the stretches before it
--   score Float64  the largest G of an event's share: G is chi-squared with one degree of freedom when nothing changed
--   tests UInt64  how many it is the largest of
--   endpoint String  always empty: the columns are those of log_request_scores
--   site String  the event's source position, empty where its lines name none
--   shape UInt64  the id of its masked text, or of its first words where its lines name no position; 0 for any text at
--      that position
--   a UInt64  traces or lines in the block that show the event
--   n1 UInt64  traces and lines in the block
--   b UInt64  traces or lines in the rest of the history that show it
--   n0 UInt64  traces and lines in the rest of the history
-- Reads: otel_logs
-- Calls: kulprit_shape
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

    lines AS
    (
        SELECT
            `ServiceName`::String AS service,
            `TraceId`::String AS trace_id,
            block_of(toUnixTimestamp64Nano(toDateTime64(`Timestamp`, 9))) AS block,
            `SeverityText`,
            `LogAttributes`,
            `Body`
        FROM `otel_logs`
        WHERE `ServiceName` != ''
          AND (`TraceId` = ''
              OR (`TraceId`::String, `ServiceName`::String) NOT IN
                  (SELECT trace_id, service FROM entries))
          AND `Timestamp` >= {history_from:DateTime64(9, 'UTC')}
          AND `Timestamp` < {to:DateTime64(9, 'UTC')}
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes({history_from:DateTime64(9, 'UTC')})
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes({to:DateTime64(9, 'UTC')})
          -- a line without a trace id is drawn by its time
          AND cityHash64(if(
              `TraceId` = '',
              toString(`Timestamp`),
              `TraceId`::String)) % {one_in:UInt64} = 0
    ),

    totals AS
    (
        SELECT
            service, '' AS endpoint, block,
            countIf(trace_id = '') + uniqExactIf(trace_id, trace_id != '') AS n,
            sumIf(n, block > 0) OVER (PARTITION BY service) AS n_history
        FROM lines
        GROUP BY service, block
    ),

    -- lines, and traces, of each event by block
    counts AS
    (
        SELECT service, block, (site, shape) AS event,
            countIf(trace_id = '') + uniqExactIf(trace_id, trace_id != '') AS k
        FROM
        (
            SELECT
                service, trace_id, block,
            -- Where in the code a line was written is part of what it says: `TravelServiceImpl#366` and
            -- `TravelServiceImpl#372` are two events though a mask of numbers makes them one. A source position is a
            -- dotted name (a file or a qualified class) or a CamelCase one, then # or : and a number of at most four
            -- digits (five would be a port), and nothing that goes on as an address.
            extract(substring(`Body`, 1, 1024), '((?:[A-Za-z_$][A-Za-z0-9_$]*(?:[.][A-Za-z0-9_$]+)+|(?:[A-Z][a-z0-9]+){2,})[#:][0-9]{1,4})(?:[^A-Za-z0-9_:.]|$)') AS site,
            kulprit_shape(concat(
                -- what a line says: its severity, the attributes that tell how it ended, and its message
                '\x1e', `SeverityText`::String, '\x1f',
                arrayStringConcat(
                    arrayMap(
                        key -> concat(key, '=', substring(`LogAttributes`[key], 1, 64)),
                        arraySort(arrayFilter(
                            key -> key IN (
                                'status', 'Status', 'status_code', 'statusCode', 'StatusCode', 'status.code',
                                'http.response.status_code', 'http.status_code', 'http_status', 'http_status_code',
                                'http.status', 'response_code', 'response.status', 'response.status_code',
                                'rpc.grpc.status_code', 'rpc.response.status_code', 'grpc.code', 'grpc_code',
                                'grpc.status_code', 'db.response.status_code', 'exit_code', 'exitCode', 'exit.code',
                                'exit_status', 'process.exit.code', 'signal', 'code', 'errno', 'error_code',
                                'errorCode', 'error.code', 'sqlstate', 'error.type', 'exception.type', 'result',
                                'outcome', 'event.outcome'                            ),
                            mapKeys(`LogAttributes`)))),
                    ' '),
                '\x1f', `Body`)) AS text_id,
            -- empty where the line is no JSON
            concat(JSONExtractString(`Body`, 'message'),
                JSONExtractString(`Body`, 'msg'),
                JSONExtractString(`Body`, 'log')) AS message,
            sipHash64(arraySlice(
                arrayFilter(
                    word -> length(word) > 2 AND NOT match(word, '[0-9]'),
                    splitByNonAlpha(substring(if(message = '', `Body`, message), 1, 512))),
                1, 8
            )) AS beginning,
            -- A line is two events: its beginning whatever follows (arguments that are lists give each line a text of
            -- its own), and its text (all lines may come from one position of a library). The beginning is the
            -- position, or else the first words.
            arrayJoin([if(site = '', beginning, 0), text_id]) AS shape

            FROM lines
        )
        GROUP BY service, block, event
    ),

    shown AS
    (
        SELECT service, '' AS endpoint, event, sumMap(map(block, k)) AS by_block, sumIf(k, block > 0) AS k_history
        FROM counts
        GROUP BY service, event
    ),

    -- a of n1 requests in the block, b of n0 in the rest of the history; a block without the event counts as well
    tables AS
    (
        SELECT
            service, endpoint, event, block,
            by_block[block] AS a,
            n AS n1,
            toUInt64(k_history - if(block = 0, 0, a)) AS b,
            toUInt64(n_history - if(block = 0, 0, n)) AS n0
        FROM shown INNER JOIN totals USING (service, endpoint)
    ),

    -- Dunning's G of a of n1 against b of n0: chi-squared with one degree of freedom when nothing changed
    tested AS
    (
        SELECT
            *,
            (a + b) / (n1 + n0) AS p,
            2 * (if(a > 0, a * log(a / (n1 * p)), 0) + if(b > 0, b * log(b / (n0 * p)), 0)
               + if(n1 > a, (n1 - a) * log((n1 - a) / (n1 * (1 - p))), 0)
               + if(n0 > b, (n0 - b) * log((n0 - b) / (n0 * (1 - p))), 0)) AS g
        FROM tables
        WHERE n1 > 0 AND n0 > 0
    ),

    scores AS
    (
        SELECT service, block, max(g) AS score, count() AS tests,
            argMax((endpoint, event, a, n1, b, n0), (g, endpoint, event)) AS best
        FROM tested
        GROUP BY service, block
    )

SELECT
    service, block, score, tests,
    best.1 AS endpoint, best.2.1 AS site, best.2.2 AS shape, best.3 AS a, best.4 AS n1, best.5 AS b, best.6 AS n0
FROM scores
ORDER BY service, block
