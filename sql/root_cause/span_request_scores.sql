-- Purpose: how far what each service's requests do changed (spans inside them, services called, failures of their own),
--   for the window and for each block of the history. What a request does counts once in it.
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
--   kind String  span, call or failure
--   event String  the name of the span, or the service called
--   a UInt64  requests in the block that show the event
--   n1 UInt64  requests in the block
--   b UInt64  requests in the rest of the history that show it
--   n0 UInt64  requests in the rest of the history
-- Reads: otel_traces
WITH
{% include "root_cause/_blocks.sql" +%}

{% include "_spans/requests.sql" +%}

    requests AS (SELECT * FROM all_requests),

    -- what a request may show
    events AS
    (
        SELECT DISTINCT TraceId::String AS trace_id, ServiceName::String AS service, ('span', SpanName::String) AS event
        FROM {{ source("otel_traces") }}
        WHERE NOT {% include "_spans/request_kind.sql" %} AND ParentSpanId != ''
{% include "_spans/window.sql" +%}
        UNION ALL
        SELECT DISTINCT trace_id, caller, ('call', callee)
        FROM (SELECT trace_id, parent_id, service AS callee FROM entries WHERE parent_id != '') AS children
        ANY INNER JOIN
        (
            SELECT TraceId::String AS trace_id, SpanId AS parent_id, ServiceName::String AS caller
            FROM {{ source("otel_traces") }}
            WHERE SpanId != ''
{% include "_spans/window.sql" +%}
        ) AS parents USING (trace_id, parent_id)
        WHERE caller != callee
        UNION ALL
        -- a failure is the service's own when no request that it sent in this trace failed
        SELECT DISTINCT TraceId::String, ServiceName::String, ('failure', SpanName::String)
        FROM {{ source("otel_traces") }}
        WHERE {% include "_spans/span_failed.sql" +%}
          AND (TraceId, ServiceName) NOT IN
          (
              SELECT TraceId, ServiceName
              FROM {{ source("otel_traces") }}
              WHERE (TraceId, SpanId) IN (SELECT trace_id, parent_id FROM entries WHERE failed AND parent_id != '')
{% include "_spans/window.sql" +%}
          )
{% include "_spans/window.sql" +%}
    ),

{% include "root_cause/_request_events.sql" +%}
{% include "root_cause/_event_scores.sql" +%}

SELECT
    service, block, score, tests,
    best.1 AS endpoint, best.2.1 AS kind, best.2.2 AS event, best.3 AS a, best.4 AS n1, best.5 AS b, best.6 AS n0
FROM scores
ORDER BY service, block
