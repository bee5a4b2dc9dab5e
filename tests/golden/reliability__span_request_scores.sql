-- Purpose: how far the inner workings of each service's requests changed (internal spans, services called), for the window and for
--   each block of the history. What a request does counts once in it.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the history before the window
--   one_in UInt64  how many traces there are for each that is read; 1 reads all
-- Columns:
--   service String  the service
--   block Int64  0 is the window, 1, 2, ... the stretches before it
--   score Float64  the largest G of its events: G is chi-squared with one degree of freedom when nothing changed
--   tests UInt64  how many it is the largest of
--   endpoint String  where the event with the largest G changed
--   kind String  span or call
--   event String  the name of the internal span, or the service called
--   a UInt64  requests in the block that show the event
--   n1 UInt64  requests in the block
--   b UInt64  requests in the rest of the history that show it
--   n0 UInt64  requests in the rest of the history
-- Reads: otel_traces
WITH
    -- the window is block 0; the history behind it is cut into blocks of the same length, 1 the nearest, at most about a hundred
    toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')}) AS window_from,
    greatest(
        toUnixTimestamp64Nano({to:DateTime64(9, 'UTC')}) - window_from,
        intDiv(window_from - toUnixTimestamp64Nano({history_from:DateTime64(9, 'UTC')}), 100),
        1
    ) AS block_length,
    (nanoseconds -> if(nanoseconds >= window_from, 0, 1 + intDiv(window_from - 1 - nanoseconds, block_length))) AS block_of,

    -- a request is an entry span (a server's, a consumer's, or a trace's root), taken once for each trace, service and endpoint
    requests AS
    (
        SELECT
            TraceId::String AS trace_id,
            ServiceName::String AS service,
            SpanName::String AS endpoint,
            block_of(toUnixTimestamp64Nano(min(Timestamp))) AS block
        FROM otel_traces
        WHERE (SpanKind IN ('Server', 'Consumer', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'SERVER', 'CONSUMER', 'server', 'consumer') OR ParentSpanId = '')
      AND Timestamp >= {history_from:DateTime64(9, 'UTC')}
      AND Timestamp < {to:DateTime64(9, 'UTC')}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0
        GROUP BY trace_id, service, endpoint
    ),

    -- what a request may show
    events AS
    (
        SELECT DISTINCT TraceId::String AS trace_id, ServiceName::String AS service, 'span' AS kind, SpanName::String AS event
        FROM otel_traces
        WHERE SpanKind IN ('Internal', 'SPAN_KIND_INTERNAL', '') AND ParentSpanId != ''
      AND Timestamp >= {history_from:DateTime64(9, 'UTC')}
      AND Timestamp < {to:DateTime64(9, 'UTC')}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0
        UNION ALL
        SELECT DISTINCT trace_id, caller, 'call', callee
        FROM
        (
            SELECT TraceId::String AS trace_id, ParentSpanId AS parent_id, ServiceName::String AS callee
            FROM otel_traces
            WHERE SpanKind NOT IN ('Client', 'Producer', 'SPAN_KIND_CLIENT', 'SPAN_KIND_PRODUCER') AND ParentSpanId != ''
      AND Timestamp >= {history_from:DateTime64(9, 'UTC')}
      AND Timestamp < {to:DateTime64(9, 'UTC')}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0
        ) AS children
        ANY LEFT JOIN
        (
            SELECT TraceId::String AS trace_id, SpanId AS parent_id, ServiceName::String AS caller
            FROM otel_traces
            WHERE SpanId != ''
      AND Timestamp >= {history_from:DateTime64(9, 'UTC')}
      AND Timestamp < {to:DateTime64(9, 'UTC')}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0
        ) AS parents USING (trace_id, parent_id)
        WHERE caller != callee AND caller != ''
    ),

    totals AS
    (
        SELECT service, endpoint, block, count() AS n, sumIf(n, block > 0) OVER (PARTITION BY service, endpoint) AS n_history
        FROM requests
        GROUP BY service, endpoint, block
    ),

    -- how many requests show each event, by block
    shown AS
    (
        SELECT service, endpoint, kind, event, sumMap(map(block, toUInt64(1))) AS by_block, countIf(block > 0) AS k_history
        FROM requests INNER JOIN events USING (trace_id, service)
        GROUP BY service, endpoint, kind, event
    ),

    -- a of n1 requests in the block, b of n0 in the rest of the history; a block without the event counts as well
    tables AS
    (
        SELECT
            service, endpoint, kind, event, block,
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
    )

SELECT
    service, block, score, tests,
    best.1 AS endpoint, best.2 AS kind, best.3 AS event, best.4 AS a, best.5 AS n1, best.6 AS b, best.7 AS n0
FROM
(
    SELECT service, block, max(g) AS score, count() AS tests, argMax((endpoint, kind, event, a, n1, b, n0), (g, endpoint, kind, event)) AS best
    FROM tested
    GROUP BY service, block
)
ORDER BY service, block
