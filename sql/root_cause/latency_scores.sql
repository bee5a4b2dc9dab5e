-- Purpose: how far the time between services and within them moved, for the window and for each block of the history.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the history before the window
--   one_in UInt64  how many traces there are for each that is read; 1 reads all
-- Columns:
--   kind String  gap: the time between a caller's span and its callee's; self: the time spent in the service itself
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
{% include "root_cause/_blocks.sql" +%}

{% include "_spans/entries.sql" +%}

    -- requests with the span of another service that they hang from
    calls AS
    (
        SELECT
            trace_id, caller, callee, started,
            (started - caller_started) / 1e6 - caller_ms AS waited,
            if(is_call, caller_ms, ms) AS call_ms,
            -- where the caller's span is no call of this one request, what is left of it is the caller's own time
            is_call AND count() OVER (PARTITION BY trace_id, parent_id) = 1 AS has_gap,
            ms, caller_ms, has_kind
        FROM (SELECT trace_id, parent_id, service AS callee, started, ms FROM entries WHERE parent_id != '') AS children
        ANY INNER JOIN
        (
            SELECT
                TraceId::String AS trace_id,
                SpanId::String AS parent_id,
                ServiceName::String AS caller,
                toUnixTimestamp64Nano(Timestamp) AS caller_started,
                Duration / 1e6 AS caller_ms,
                {%+ include "_spans/call_kind.sql" %} AS has_kind,
                has_kind OR (trace_id, parent_id) NOT IN (SELECT trace_id, span_id FROM entries) AS is_call
            FROM {{ source("otel_traces") }}
            WHERE SpanId != ''
{% include "_spans/window.sql" +%}
        ) AS parents USING (trace_id, parent_id)
        WHERE caller != callee
    ),

    samples AS
    (
        -- on the way: the network, queues, the set-up of a connection
        SELECT 'gap' AS kind, caller AS a, callee AS b, started, greatest(caller_ms - ms, waited) AS x, ms AS whole
        FROM calls
        WHERE has_gap
        UNION ALL
        -- a service's own time: its requests less its calls to others
        SELECT
            'self',
            service,
            arrayStringConcat(arraySort(groupUniqArrayIf(endpoint, is_entry)), ' '),
            min(started),
            sum(part),
            sumIf(part, is_entry)
        FROM
        (
            SELECT trace_id, service, endpoint, started, ms AS part, true AS is_entry
            FROM entries
            UNION ALL
            SELECT TraceId::String, ServiceName::String, '', toUnixTimestamp64Nano(Timestamp), -Duration / 1e6, false
            FROM {{ source("otel_traces") }}
            WHERE {% include "_spans/call_kind.sql" +%}
{% include "_spans/window.sql" +%}
            UNION ALL
            SELECT trace_id, caller, '', started, -call_ms, false
            FROM calls
            WHERE NOT has_kind
        )
        GROUP BY trace_id, service
        HAVING max(is_entry)
    ),

    -- arrays, so that the samples are made once
    gathered AS
    (
        SELECT kind, a, b, block_of(started) AS block, groupArray(x) AS times, groupArray(started) AS starts,
            groupArray(whole) AS wholes
        FROM samples
        GROUP BY kind, a, b, block
    ),

    -- in ln(ms); what is a small part of the usual request, or below a hundredth of a millisecond, counts as nothing
    measured AS
    (
        SELECT
            kind, a, b, block, starts,
            greatest(0.02 * arrayReduce('median',
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
            arrayReduce('median', history) AS m,
            greatest(
                1.4826 * arrayReduce('median', arrayMap(x -> abs(x - m), history)),
                (arrayReduce('quantile(0.9)', history) - arrayReduce('quantile(0.1)', history)) / 2.563
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
    toFloat64(arrayReduce('median', samples_of.2) - m) AS shift,
    -- 1.2533 = sqrt(pi / 2): a median's error against a mean's
    1.2533 * scale * sqrt(1 / n1 + 1 / n0) AS se,
    fromUnixTimestamp64Nano(arrayMin(arrayFilter((at, x) -> x > m + 2 * scale, samples_of.3, samples_of.2)),
        'UTC') AS since
FROM usual
ARRAY JOIN blocks AS samples_of
ORDER BY kind, a, b, block
