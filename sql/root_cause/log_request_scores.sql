-- Purpose: how far the log events of each service's requests changed, for the window and for each block of the history.
--   A log line belongs to the request by its trace id, and counts once in it, so that a line in a loop weighs no more
--   than one.
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
--   shape UInt64  the id of its masked text, or of its first words where its lines name no position; 0 for any text at
--      that position
--   a UInt64  requests in the block that show the event
--   n1 UInt64  requests in the block, of traces that logged anything
--   b UInt64  requests in the rest of the history that show it
--   n0 UInt64  requests in the rest of the history
-- Reads: {{ logs.table | name }}, otel_traces
-- Calls: kulprit_shape
WITH
{% include "root_cause/_blocks.sql" +%}

{% include "_spans/requests.sql" +%}

    -- the events of each service in each trace
    events AS
    (
        SELECT DISTINCT trace_id, service, (site, shape) AS event
        FROM
        (
            SELECT
                {{ logs.trace_id | ident }}::String AS trace_id,
                {{ logs.service | ident }}::String AS service,
{% include "root_cause/_log_event.sql" +%}

            FROM {{ source("logs") }}
            WHERE {{ logs.trace_id | ident }} != ''
{% include "root_cause/_log_window.sql" +%}

        )
    ),

    -- a trace of which no service logged anything says nothing about events: logs may be sampled or lost
    requests AS
    (
        SELECT *
        FROM all_requests
        WHERE trace_id IN
        (
            SELECT {{ logs.trace_id | ident }}::String
            FROM {{ source("logs") }}
            WHERE {{ logs.trace_id | ident }} != ''
{% include "root_cause/_log_window.sql" +%}
        )
    ),

{% include "root_cause/_request_events.sql" +%}
{% include "root_cause/_event_scores.sql" +%}

SELECT
    service, block, score, tests,
    best.1 AS endpoint, best.2.1 AS site, best.2.2 AS shape, best.3 AS a, best.4 AS n1, best.5 AS b, best.6 AS n0
FROM scores
ORDER BY service, block
