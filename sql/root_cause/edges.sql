-- Purpose: who calls whom, how often and how well, in a window and in the history before it: a request whose parent is
--   a span of another service is a call, and so is one that no span answers.
-- Params:
{% include "sources/_params_of_requests.sql" +%}
-- Columns:
--   caller String  the service of the parent span
--   callee String  the service of the child span, or what the caller names
--   current_calls UInt64  calls that began in the window
--   current_errors UInt64  how many of them failed at the callee
--   baseline_calls UInt64  calls that began in the history
--   baseline_errors UInt64  how many of them failed at the callee
--   current_p95_ms Float64  95 % of the calls in the window took the callee at most so long, 0 without calls
--   baseline_p95_ms Float64  the same in the history
-- Reads: otel_traces
WITH
{% include "sources/_question.sql" +%}
    children AS
    (
        SELECT caller, service AS callee, if(is_stream, nan, ms) AS ms, block = 0 AS is_current, failed
        FROM question_requests
        WHERE caller != ''
        UNION ALL
        SELECT service, target, ms, block = 0, failed FROM question_calls WHERE service != target
    )

SELECT
    caller::String AS caller,
    callee::String AS callee,
    countIf(is_current) AS current_calls,
    countIf(is_current AND failed) AS current_errors,
    countIf(NOT is_current) AS baseline_calls,
    countIf(NOT is_current AND failed) AS baseline_errors,
    ifNotFinite(quantileExactInclusiveIf(0.95)(ms, is_current AND NOT isNaN(ms)), 0)::Float64 AS current_p95_ms,
    ifNotFinite(quantileExactInclusiveIf(0.95)(ms, NOT is_current AND NOT isNaN(ms)), 0)::Float64 AS baseline_p95_ms
FROM children
GROUP BY caller, callee
ORDER BY caller, callee
{% include "sources/_once.sql" +%}
