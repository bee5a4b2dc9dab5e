-- Purpose: how far each service's mix of log events changed, for the window and for each block of the history, over the
--   lines that belong to no request that spans know of. Lines of one trace count once; a line without a trace id counts
--   by itself.
-- Params:
{% if traced %}
{% include "sources/_params_of_requests.sql" +%}
{% else %}
{% include "sources/_params.sql" +%}
--   settled_to DateTime64(9, 'UTC')  lines from here on are left out; at most the end of the window
{% endif %}
-- Columns:
{% include "root_cause/_log_columns.sql" +%}
-- Reads: {{ logs.table | name }}{% if traced %}, otel_traces{% endif +%}
-- Calls: kulprit_shape
WITH
{% if traced %}
{% include "sources/_question.sql" +%}
{% endif %}
{% include "sources/_question_lines.sql" +%}
{% include "root_cause/_blocks.sql" +%}

    lines AS
    (
        SELECT
            service, events,
            block_of(at) AS block,
            -- what counts once
            if(trace = 0, cityHash64(at, rowNumberInAllBlocks()), visit) AS counted
        FROM question_lines
        WHERE (at >= window_from OR drawn % {one_in:UInt64} = 0)
          AND at < toUnixTimestamp64Nano({settled_to:DateTime64(9, 'UTC')})
{% if traced %}
          AND (trace = 0 OR visit NOT IN (SELECT visit FROM question_spans))
{% endif %}
    ),

    totals AS
    (
        SELECT service, '' AS endpoint, block, uniqExact(counted) AS n,
            sumIf(n, block > 0) OVER (PARTITION BY service) AS n_history
        FROM lines
        GROUP BY service, block
    ),

    shown AS
    (
        SELECT
            service, '' AS endpoint, event,
            mapFromArrays(groupArray(block), groupArray(k)) AS by_block,
            sumIf(k, block > 0) AS k_history
        FROM
        (
            SELECT service, block, event, uniqExact(counted) AS k
            FROM lines ARRAY JOIN events AS event
            GROUP BY service, block, event
        )
        GROUP BY service, event
    ),

{% include "root_cause/_event_scores.sql" +%}

SELECT service, block, score, tests, best
FROM scores
ORDER BY service, block
{% include "sources/_once.sql" +%}
