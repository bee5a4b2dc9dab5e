-- Purpose: who calls whom, how often and how well, in a window and in the history before it: a request whose parent is
--   a span of another service is a call, and so is one that links to a span of another trace: what was sent there is
--   consumed here.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the history before the window
--   one_in UInt64  how many traces there are for each that is read; 1 reads all
-- Columns:
--   caller String  the service of the parent span, or of the one that is linked to
--   callee String  the service of the request
--   current_calls UInt64  calls that began in the window
--   current_errors UInt64  how many of them failed at the callee
--   baseline_calls UInt64  calls that began in the history
--   baseline_errors UInt64  how many of them failed at the callee
--   current_p95_ms Float64  95 % of the calls in the window took the callee at most so long, 0 without calls
--   baseline_p95_ms Float64  the same in the history
-- Reads: otel_traces
WITH
{% include "_spans/entries.sql" +%}

    links AS
    (
        SELECT TraceId::String AS trace_id, SpanId::String AS span_id,
            arrayJoin(arrayDistinct(arrayZip(`Links.TraceId`, `Links.SpanId`))) AS link
        FROM {{ source("otel_traces") }}
        WHERE notEmpty(`Links.TraceId`)
{% include "_spans/window.sql" +%}
    ),

    hangs_from AS
    (
        SELECT trace_id AS linked_trace, parent_id AS linked_id, service, started, ms, failed, weight
        FROM entries
        WHERE parent_id != ''
        UNION ALL
        SELECT link.1, link.2, service, started, ms, failed, weight
        FROM entries INNER JOIN links USING (trace_id, span_id)
        WHERE link != (trace_id, parent_id)
    ),

    children AS
    (
        SELECT
            linked_trace AS trace_id, linked_id AS parent_id, service AS callee, ms, weight,
            started >= toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')}) AS is_current,
            failed AS is_error
        FROM hangs_from
    )

SELECT
    caller,
    callee,
    toUInt64(sumIf(weight, is_current)) AS current_calls,
    toUInt64(sumIf(weight, is_current AND is_error)) AS current_errors,
    toUInt64(sumIf(weight, NOT is_current)) AS baseline_calls,
    toUInt64(sumIf(weight, NOT is_current AND is_error)) AS baseline_errors,
    ifNotFinite(quantileIf(0.95)(ms, is_current), 0) AS current_p95_ms,
    ifNotFinite(quantileIf(0.95)(ms, NOT is_current), 0) AS baseline_p95_ms
FROM children
INNER JOIN
(
    -- a call and the request that it makes may share an id: what hangs from it was done by the one that serves
    SELECT TraceId::String AS trace_id, SpanId::String AS parent_id,
        argMax(ServiceName::String, {% include "_spans/request_kind.sql" %}) AS caller
    FROM {{ source("otel_traces") }}
    WHERE SpanId != ''
{% include "_spans/window.sql" +%}
    GROUP BY trace_id, parent_id
) AS parents USING (trace_id, parent_id)
WHERE caller != callee
GROUP BY caller, callee
ORDER BY caller, callee
