-- Purpose: how far the time between services and within them moved, for the window and for each block of the history.
-- Params:
{% include "sources/_params_of_requests.sql" +%}
-- Columns:
--   kind String  gap: the time between a caller's span and its callee's; wait: a call to what sends no spans; self: the
--      time spent in the service itself
--   a String  the caller, or the service itself
--   b String  the callee, or the service's endpoints in the trace
--   block Int64  0 is the window, 1, 2, ... the stretches before it
--   n1 UInt64  samples in the block
--   shift Float64  median ln(ms) in the block - median ln(ms) in the history
--   se Float64  the shift's standard error, from the history's robust scale
--   since DateTime64(9, 'UTC')  the first sample in the block that lies above the history's median by twice its scale,
--      1970 if none
-- Reads: otel_traces
WITH
{% include "sources/_question.sql" +%}
    -- requests with the span of another service that they hang from
    calls AS
    (
        SELECT
            visit, cityHash64(trace, caller) AS caller_visit, caller, service AS callee, block, started,
            (started - caller_started) / 1e6 - caller_ms AS waited,
            -- where the caller's span is no call of this one request, what is left of it is the caller's own time
            caller_kind = 2 OR parent NOT IN
            (
                SELECT id FROM question_requests WHERE id IN
                    (SELECT parent FROM question_requests WHERE caller_kind != 2 AND caller != '')
            ) AS is_call,
            if(is_call, caller_ms, ms) AS call_ms,
            is_call AND NOT is_stream AND count() OVER (PARTITION BY parent) = 1 AS has_gap,
            ms, caller_ms, caller_kind
        FROM question_requests
        WHERE caller != ''
    ),

    samples AS
    (
        -- on the way: the network, queues, the set-up of a connection
        SELECT 'gap' AS kind, caller::String AS a, callee::String AS b, block, started,
            greatest(caller_ms - ms, waited) AS x, ms AS whole
        FROM calls
        WHERE has_gap
        UNION ALL
        -- all of a call to what sends no spans
        SELECT 'wait', service::String, target::String, block, started, ms, ms
        FROM question_calls
        WHERE NOT is_known
        UNION ALL
        -- a service's own time: its requests less its calls to others
        SELECT
            'self',
            any(service)::String,
            arrayStringConcat(arraySort(groupUniqArrayIf(endpoint::String, is_entry)), ' '),
            argMinIf(block, started, is_entry),
            minIf(started, is_entry),
            sum(part),
            sumIf(part, is_entry)
        FROM
        (
            SELECT visit, service, endpoint, block, started, ms AS part, true AS is_entry
            FROM question_requests
            WHERE NOT is_stream
            UNION ALL
            SELECT visit, service, '', 0, started, -ms, false
            FROM question_spans
            WHERE kind = 2 AND NOT (parent_kind = 2 AND parent_service = service)
            UNION ALL
            SELECT caller_visit, caller, '', 0, started, -call_ms, false
            FROM calls
            WHERE caller_kind != 2
        )
        GROUP BY visit
        HAVING max(is_entry)
    ),

    -- arrays, so that the samples are made once
    gathered AS
    (
        SELECT kind, a, b, block, groupArray(x) AS times, groupArray(started) AS starts,
            groupArray(whole) AS wholes
        FROM samples
        GROUP BY kind, a, b, block
    ),

    -- in ln(ms); what is a small part of the usual request, or below a hundredth of a millisecond, counts as nothing
    measured AS
    (
        SELECT
            kind, a, b, block, starts,
            greatest(0.02 * arrayReduce('quantileExactInclusive(0.5)',
                arrayFlatten(groupArrayIf(wholes, block > 0) OVER (PARTITION BY kind, a, b))), 0.01) AS least,
            arrayMap(x -> log(greatest(x, least)), times) AS xs
        FROM gathered
    ),

    -- the history's median, and its spread: the larger of two robust scales, since either can be 0 when values repeat
    usual AS
    (
        SELECT
            kind, a, b,
            arrayFlatten(groupArrayIf(xs, block > 0)) AS history,
            toUInt64(length(history)) AS n0,
            arrayReduce('quantileExactInclusive(0.5)', history) AS m,
            greatest(
                1.4826 * arrayReduce('quantileExactInclusive(0.5)', arrayMap(x -> abs(x - m), history)),
                (arrayReduce('quantileExactInclusive(0.9)', history)
                    - arrayReduce('quantileExactInclusive(0.1)', history)) / 2.563
            ) AS scale,
            groupArray((block, xs, starts)) AS blocks
        FROM measured
        GROUP BY kind, a, b
        HAVING n0 > 0
    )

SELECT
    kind, a, b,
    samples_of.1 AS block,
    toUInt64(length(samples_of.2)) AS n1,
    toFloat64(arrayReduce('quantileExactInclusive(0.5)', samples_of.2) - m) AS shift,
    -- 1.2533 = sqrt(pi / 2): a median's error against a mean's
    1.2533 * scale * sqrt(1 / n1 + 1 / n0) AS se,
    fromUnixTimestamp64Nano(arrayMin(arrayFilter((at, x) -> x > m + 2 * scale, samples_of.3, samples_of.2)),
        'UTC') AS since
FROM usual
ARRAY JOIN blocks AS samples_of
ORDER BY kind, a, b, block
{% include "sources/_once.sql" +%}
