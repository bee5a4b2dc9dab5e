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
{% include "reliability/_blocks.sql" %}

{% include "reliability/_requests.sql" %}

    -- what a request may show
    events AS
    (
        SELECT DISTINCT TraceId::String AS trace_id, ServiceName::String AS service, 'span' AS kind, SpanName::String AS event
        FROM otel_traces
        WHERE SpanKind IN ('Internal', 'SPAN_KIND_INTERNAL', '') AND ParentSpanId != ''
{% include "reliability/_span_window.sql" %}
        UNION ALL
        SELECT DISTINCT trace_id, caller, 'call', callee
        FROM
        (
            SELECT TraceId::String AS trace_id, ParentSpanId AS parent_id, ServiceName::String AS callee
            FROM otel_traces
            WHERE SpanKind NOT IN ('Client', 'Producer', 'SPAN_KIND_CLIENT', 'SPAN_KIND_PRODUCER') AND ParentSpanId != ''
{% include "reliability/_span_window.sql" %}
        ) AS children
        ANY LEFT JOIN
        (
            SELECT TraceId::String AS trace_id, SpanId AS parent_id, ServiceName::String AS caller
            FROM otel_traces
            WHERE SpanId != ''
{% include "reliability/_span_window.sql" %}
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

{% include "reliability/_g_test.sql" %}

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
