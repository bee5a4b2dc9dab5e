-- Purpose: requests of each service that failed or were slow, in a window and in the history before it, and the traces
--   that met them. Slow is what lies beyond the history's 0.95 quantile of the same endpoint, so that one in twenty was
--   slow before.
-- Params:
{% include "sources/_params_of_requests.sql" +%}
-- Columns:
--   service String  the service
--   current_requests UInt64  requests that began in the window
--   current_errors UInt64  how many of them failed
--   current_slow UInt64  how many of them were slow
--   current_hurt UInt64  how many of them failed or were slow
--   baseline_requests UInt64  requests that began in the history
--   baseline_errors UInt64  how many of them failed
--   baseline_slow UInt64  how many of them were slow
--   baseline_hurt UInt64  how many of them failed or were slow
--   current_roots UInt64  how many of the window's requests are the root of their trace
--   current_roots_hurt UInt64  how many of these failed or were slow
--   baseline_roots UInt64  how many of the history's requests are the root of their trace
--   baseline_roots_hurt UInt64  how many of these failed or were slow
--   current_traces UInt64  traces that came by the service in the window
--   current_traces_failed UInt64  traces in which a request of the service failed in the window
--   first_error DateTime64(9, 'UTC')  the window's first failed request, 1970 if none
-- Reads: otel_traces
WITH
{% include "sources/_question.sql" +%}
    -- each request with its endpoint's usual worst; an endpoint without a history has none and cannot be slow
    requests AS
    (
        SELECT
            trace,
            service::String AS service,
            fromUnixTimestamp64Nano(started, 'UTC') AS at,
            parent = 0 AS is_root,
            block = 0 AS is_current,
            weight,
            failed AS is_error,
            NOT is_stream AND ms > quantileExactInclusiveIf(0.95)(ms, NOT is_current AND NOT is_stream)
                OVER (PARTITION BY service, endpoint) AS is_slow,
            is_error OR is_slow AS is_hurt
        FROM question_requests
    ),

    -- requests that a sampler kept count by how many they stand for, and altogether for no more than they tell
    sum(weight) / sum(weight * weight) AS telling

SELECT
    service,
    toUInt64(round(telling * sumIf(weight, is_current))) AS current_requests,
    toUInt64(round(telling * sumIf(weight, is_current AND is_error))) AS current_errors,
    toUInt64(round(telling * sumIf(weight, is_current AND is_slow))) AS current_slow,
    toUInt64(round(telling * sumIf(weight, is_current AND is_hurt))) AS current_hurt,
    toUInt64(round(telling * sumIf(weight, NOT is_current))) AS baseline_requests,
    toUInt64(round(telling * sumIf(weight, NOT is_current AND is_error))) AS baseline_errors,
    toUInt64(round(telling * sumIf(weight, NOT is_current AND is_slow))) AS baseline_slow,
    toUInt64(round(telling * sumIf(weight, NOT is_current AND is_hurt))) AS baseline_hurt,
    toUInt64(round(telling * sumIf(weight, is_current AND is_root))) AS current_roots,
    toUInt64(round(telling * sumIf(weight, is_current AND is_root AND is_hurt))) AS current_roots_hurt,
    toUInt64(round(telling * sumIf(weight, NOT is_current AND is_root))) AS baseline_roots,
    toUInt64(round(telling * sumIf(weight, NOT is_current AND is_root AND is_hurt))) AS baseline_roots_hurt,
    uniqExactIf(trace, is_current) AS current_traces,
    uniqExactIf(trace, is_current AND is_error) AS current_traces_failed,
    minIf(at, is_current AND is_error)::DateTime64(9, 'UTC') AS first_error
FROM requests
GROUP BY service
ORDER BY service
{% include "sources/_once.sql" +%}
