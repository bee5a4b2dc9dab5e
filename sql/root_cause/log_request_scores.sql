-- Purpose: how far the log events of each service's requests changed, for the window and for each block of the history.
--   A log line belongs to the request by its trace id, and counts once in it, so that a line in a loop weighs no more
--   than one.
-- Params:
{% include "sources/_params_of_requests.sql" +%}
-- Columns:
{% include "root_cause/_log_columns.sql" +%}
-- Reads: {{ logs.table | name }}, otel_traces
-- Calls: kulprit_shape
WITH
{% include "sources/_question.sql" +%}
{% include "sources/_question_lines.sql" +%}
{% include "root_cause/_visits.sql" +%}

    -- the events of each service in each trace
    events AS
    (
        SELECT DISTINCT visit, arrayJoin(events) AS event
        FROM question_lines
        WHERE trace != 0
    ),

    -- a trace of which no service logged anything says nothing about events: logs may be sampled or lost
    visits AS
    (
        SELECT * FROM all_visits WHERE trace IN (SELECT trace FROM question_lines)
    ),

{% include "root_cause/_request_events.sql" +%}

{% include "root_cause/_event_scores.sql" +%}

SELECT service, block, score, tests, best
FROM scores
ORDER BY service, block
{% include "sources/_once.sql" +%}
