-- Purpose: how far each service's mix of log events changed, for the window and for each block of the history: the ranking where log
--   lines cannot be joined to requests. Lines of one trace count once; a line without a trace id counts by itself.
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
--   shape UInt64  the event's masked text, 0 for any text at that position
--   a UInt64  traces or lines in the block that show the event
--   n1 UInt64  traces and lines in the block
--   b UInt64  traces or lines in the rest of the history that show it
--   n0 UInt64  traces and lines in the rest of the history
-- Reads: {{ logs.table | name }}
-- Calls: kulprit_shape
WITH
{% include "reliability/_blocks.sql" %}

    -- lines, and traces, of each event by block
    counts AS
    (
        SELECT service, block_of(at) AS block, site, shape, countIf(trace_id = '') + uniqExactIf(trace_id, trace_id != '') AS k
        FROM
        (
            SELECT
                {{ logs.service | ident }}::String AS service,
                {{ logs.trace_id | ident }}::String AS trace_id,
                toUnixTimestamp64Nano(toDateTime64({{ logs.timestamp | ident }}, 9)) AS at,
{% include "reliability/_log_event.sql" %}

            FROM {{ logs.table | ident }}
            WHERE {{ logs.service | ident }} != ''
{% include "reliability/_log_window.sql" %}

        )
        GROUP BY service, block, site, shape
    ),

    totals AS
    (
        SELECT
            {{ logs.service | ident }}::String AS service,
            block_of(toUnixTimestamp64Nano(toDateTime64({{ logs.timestamp | ident }}, 9))) AS block,
            countIf({{ logs.trace_id | ident }} = '') + uniqExactIf({{ logs.trace_id | ident }}, {{ logs.trace_id | ident }} != '') AS n,
            sumIf(n, block > 0) OVER (PARTITION BY service) AS n_history
        FROM {{ logs.table | ident }}
        WHERE {{ logs.service | ident }} != ''
{% include "reliability/_log_window.sql" %}
        GROUP BY service, block
    ),

    shown AS
    (
        SELECT service, site, shape, sumMap(map(block, k)) AS by_block, sumIf(k, block > 0) AS k_history
        FROM counts
        GROUP BY service, site, shape
    ),

    -- a of n1 in the block, b of n0 in the rest of the history; a block without the event counts as well
    tables AS
    (
        SELECT
            service, '' AS endpoint, site, shape, block,
            by_block[block] AS a,
            n AS n1,
            toUInt64(k_history - if(block = 0, 0, a)) AS b,
            toUInt64(n_history - if(block = 0, 0, n)) AS n0
        FROM shown INNER JOIN totals USING (service)
    ),

{% include "reliability/_g_test.sql" %}

SELECT
    service, block, score, tests,
    best.1 AS endpoint, best.2 AS site, best.3 AS shape, best.4 AS a, best.5 AS n1, best.6 AS b, best.7 AS n0
FROM
(
    SELECT service, block, max(g) AS score, count() AS tests, argMax((endpoint, site, shape, a, n1, b, n0), (g, site, shape)) AS best
    FROM tested
    GROUP BY service, block
)
ORDER BY service, block
