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
--   n0 UInt64  samples in the history
--   shift Float64  median ln(ms) in the block - median ln(ms) in the history
--   se Float64  the shift's standard error, from the history's robust scale
--   since DateTime64(9, 'UTC')  the first sample in the block that lies above the history's median by twice its scale, 1970 if none
-- Reads: otel_traces
WITH
    -- the window is block 0; the history behind it is cut into blocks of the same length, 1 the nearest, at most about a hundred
    toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')}) AS window_from,
    greatest(
        toUnixTimestamp64Nano({to:DateTime64(9, 'UTC')}) - window_from,
        intDiv(window_from - toUnixTimestamp64Nano({history_from:DateTime64(9, 'UTC')}), 100),
        1
    ) AS block_length,
    (nanoseconds -> if(nanoseconds >= window_from, 0, 1 + intDiv(window_from - 1 - nanoseconds, block_length))) AS block_of,

    spans AS
    (
        SELECT
            TraceId::String AS trace_id,
            SpanId AS span_id,
            ParentSpanId AS parent_id,
            ServiceName::String AS service,
            SpanName::String AS endpoint,
            (SpanKind IN ('Server', 'Consumer', 'SPAN_KIND_SERVER', 'SPAN_KIND_CONSUMER', 'SERVER', 'CONSUMER', 'server', 'consumer') OR ParentSpanId = '') AS is_entry,
            Duration / 1e6 AS ms,
            toUnixTimestamp64Nano(Timestamp) AS started
        FROM otel_traces
        WHERE (SpanKind NOT IN ('Internal', 'SPAN_KIND_INTERNAL', '') OR ParentSpanId = '')
      AND Timestamp >= {history_from:DateTime64(9, 'UTC')}
      AND Timestamp < {to:DateTime64(9, 'UTC')}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0
    ),

    samples AS
    (
        -- the network, queues, the set-up of a connection
        SELECT 'gap' AS kind, caller AS a, callee AS b, started, log(greatest(caller_ms - callee_ms, 0.01)) AS x
        FROM
        (
            SELECT trace_id, parent_id, service AS callee, ms AS callee_ms, started
            FROM spans
            WHERE is_entry AND parent_id != ''
        ) AS children
        ANY LEFT JOIN
        (
            SELECT trace_id, span_id AS parent_id, service AS caller, ms AS caller_ms
            FROM spans
            WHERE span_id != ''
        ) AS parents USING (trace_id, parent_id)
        WHERE caller != callee AND caller != ''
        UNION ALL
        -- a service's own time: its entry spans less its calls to others
        SELECT
            'self',
            service,
            arrayStringConcat(arraySort(groupUniqArrayIf(endpoint, is_entry)), ' '),
            min(started),
            log(greatest(sumIf(ms, is_entry) - sumIf(ms, NOT is_entry), 0.01))
        FROM spans
        GROUP BY trace_id, service
        HAVING max(is_entry)
    ),

    -- arrays, so that the samples are made once
    gathered AS
    (
        SELECT kind, a, b, block_of(started) AS block, groupArray(x) AS xs, groupArray(started) AS starts
        FROM samples
        GROUP BY kind, a, b, block
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
        FROM gathered
        GROUP BY kind, a, b
        HAVING n0 > 0
    )

SELECT
    kind, a, b,
    samples_of.1 AS block,
    toUInt64(length(samples_of.2)) AS n1,
    n0,
    toFloat64(arrayReduce('median', samples_of.2) - m) AS shift,
    -- 1.2533 = sqrt(pi / 2): a median's error against a mean's
    1.2533 * scale * sqrt(1 / n1 + 1 / n0) AS se,
    fromUnixTimestamp64Nano(arrayMin(arrayFilter((at, x) -> x > m + 2 * scale, samples_of.3, samples_of.2)), 'UTC') AS since
FROM usual
ARRAY JOIN blocks AS samples_of
ORDER BY kind, a, b, block
