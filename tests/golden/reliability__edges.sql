-- Purpose: who calls whom, how often and how well, in a window and in the history before it: a span whose parent is a span of
--   another service is a call.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the history before the window
--   one_in UInt64  how many traces there are for each that is read; 1 reads all
-- Columns:
--   caller String  the service of the parent span
--   callee String  the service of the child span
--   current_calls UInt64  calls that began in the window
--   current_errors UInt64  how many of them failed at the callee
--   baseline_calls UInt64  calls that began in the history
--   baseline_errors UInt64  how many of them failed at the callee
--   current_p95_ms Float64  95 % of the calls in the window took the callee at most so long, 0 without calls
--   baseline_p95_ms Float64  the same in the history
-- Reads: otel_traces
SELECT
    caller,
    callee,
    countIf(is_current) AS current_calls,
    countIf(is_current AND is_error) AS current_errors,
    countIf(NOT is_current) AS baseline_calls,
    countIf(NOT is_current AND is_error) AS baseline_errors,
    ifNotFinite(quantileIf(0.95)(ms, is_current), 0) AS current_p95_ms,
    ifNotFinite(quantileIf(0.95)(ms, NOT is_current), 0) AS baseline_p95_ms
FROM
(
    SELECT
        TraceId::String AS trace_id,
        ParentSpanId AS parent_id,
        ServiceName::String AS callee,
        Timestamp >= {from:DateTime64(9, 'UTC')} AS is_current,
(StatusCode IN ('Error', 'STATUS_CODE_ERROR', 'ERROR', 'error')
            OR toUInt16OrZero(SpanAttributes['http.response.status_code']) >= 500
            OR toUInt16OrZero(SpanAttributes['http.status_code']) >= 500
            -- the gRPC codes that are the server's fault, by number or name
            OR lower(replaceAll(if(SpanAttributes['rpc.response.status_code'] = '', SpanAttributes['rpc.grpc.status_code'], SpanAttributes['rpc.response.status_code']), '_', '')) IN ('2', '4', '12', '13', '14', '15', 'unknown', 'deadlineexceeded', 'unimplemented', 'internal', 'unavailable', 'dataloss')) AS is_error,
        Duration / 1e6 AS ms
    FROM otel_traces
    WHERE SpanKind NOT IN ('Client', 'Producer', 'Internal', 'SPAN_KIND_CLIENT', 'SPAN_KIND_PRODUCER', 'SPAN_KIND_INTERNAL')
      AND ParentSpanId != ''
      AND Timestamp >= {history_from:DateTime64(9, 'UTC')}
      AND Timestamp < {to:DateTime64(9, 'UTC')}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0
) AS children
ANY LEFT JOIN
(
    SELECT TraceId::String AS trace_id, SpanId AS parent_id, ServiceName::String AS caller
    FROM otel_traces
    WHERE SpanId != ''
      AND Timestamp >= {history_from:DateTime64(9, 'UTC')}
      AND Timestamp < {to:DateTime64(9, 'UTC')}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0
) AS parents USING (trace_id, parent_id)
WHERE caller != callee AND caller != ''
GROUP BY caller, callee
ORDER BY caller, callee
