-- Purpose: how far the log events of each service's requests changed, for the window and for each block of the history. A log line
--   belongs to the request by its trace id, and counts once in it, so that a line in a loop weighs no more than one.
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
--   site String  the event's source position, empty where its lines name none
--   shape UInt64  the event's masked text, 0 for any text at that position
--   a UInt64  requests in the block that show the event
--   n1 UInt64  requests in the block, of traces that logged anything
--   b UInt64  requests in the rest of the history that show it
--   n0 UInt64  requests in the rest of the history
-- Reads: {{ logs.table | name }}, otel_traces
-- Calls: kulprit_shape
WITH
{% include "reliability/_blocks.sql" %}

{% include "reliability/_requests.sql" %}

    -- the events of each service in each trace
    logged AS
    (
        SELECT DISTINCT trace_id, service, site, shape
        FROM
        (
            SELECT
                {{ logs.trace_id | ident }}::String AS trace_id,
                {{ logs.service | ident }}::String AS service,
{% include "reliability/_log_event.sql" %}

            FROM {{ logs.table | ident }}
            WHERE {{ logs.trace_id | ident }} != ''
{% include "reliability/_log_window.sql" %}

        )
    ),

    -- a trace of which no service logged anything says nothing about events: logs may be sampled or lost
    totals AS
    (
        SELECT service, endpoint, block, count() AS n, sumIf(n, block > 0) OVER (PARTITION BY service, endpoint) AS n_history
        FROM requests
        WHERE trace_id IN
        (
            SELECT {{ logs.trace_id | ident }}::String
            FROM {{ logs.table | ident }}
            WHERE {{ logs.trace_id | ident }} != ''
{% include "reliability/_log_window.sql" %}
        )
        GROUP BY service, endpoint, block
    ),

    -- how many requests show each event, by block
    shown AS
    (
        SELECT service, endpoint, site, shape, sumMap(map(block, toUInt64(1))) AS by_block, countIf(block > 0) AS k_history
        FROM requests INNER JOIN logged USING (trace_id, service)
        GROUP BY service, endpoint, site, shape
    ),

    -- a of n1 requests in the block, b of n0 in the rest of the history; a block without the event counts as well
    tables AS
    (
        SELECT
            service, endpoint, site, shape, block,
            by_block[block] AS a,
            n AS n1,
            toUInt64(k_history - if(block = 0, 0, a)) AS b,
            toUInt64(n_history - if(block = 0, 0, n)) AS n0
        FROM shown INNER JOIN totals USING (service, endpoint)
    ),

{% include "reliability/_g_test.sql" %}

SELECT
    service, block, score, tests,
    best.1 AS endpoint, best.2 AS site, best.3 AS shape, best.4 AS a, best.5 AS n1, best.6 AS b, best.7 AS n0
FROM
(
    SELECT service, block, max(g) AS score, count() AS tests, argMax((endpoint, site, shape, a, n1, b, n0), (g, endpoint, site, shape)) AS best
    FROM tested
    GROUP BY service, block
)
ORDER BY service, block
