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
-- Reads: {{ logs.table | name }}
-- Calls: kulprit_shape
WITH
{% include "root_cause/_blocks.sql" +%}

{% if traced %}
{% include "_spans/entries.sql" +%}

{% endif %}
    lines AS
    (
        SELECT
            {{ logs.service | ident }}::String AS service,
            {{ logs.trace_id | ident }}::String AS trace_id,
            block_of(toUnixTimestamp64Nano(toDateTime64({{ logs.timestamp | ident }}, 9))) AS block,
            {{ logs.severity | ident }},
            {{ logs.log_attributes | ident }},
            {{ logs.body | ident }}
        FROM {{ source("logs") }}
        WHERE {{ logs.service | ident }} != ''
{% if traced %}
          AND ({{ logs.trace_id | ident }} = ''
              OR ({{ logs.trace_id | ident }}::String, {{ logs.service | ident }}::String) NOT IN
                  (SELECT trace_id, service FROM entries))
{% endif %}
{% include "root_cause/_log_window.sql" +%}
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
{% include "root_cause/_log_event.sql" +%}

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

{% include "root_cause/_event_scores.sql" +%}

SELECT
    service, block, score, tests,
    best.1 AS endpoint, best.2.1 AS site, best.2.2 AS shape, best.3 AS a, best.4 AS n1, best.5 AS b, best.6 AS n0
FROM scores
ORDER BY service, block
