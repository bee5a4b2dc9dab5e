-- Purpose: traces of a window that met a failed or slow request of certain services, the worst first: failed before
--   slow, then the longest.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   services Array(String)  the services whose requests count
--   limit UInt32  how many traces to return
-- Columns:
--   trace_id String  the trace
--   service String  the service of its worst request
--   endpoint String  that request's endpoint
--   started DateTime64(9, 'UTC')  when that request began
--   duration_ms Float64  how long it took
--   is_error Bool  whether it failed
--   requests UInt64  requests of these services in the trace
-- Reads: otel_traces
{% set spans_read = "root_cause/_read_hurt.sql" %}
SELECT
    trace_id,
    worst.1 AS service,
    worst.2 AS endpoint,
    worst.3 AS started,
    worst.4 AS duration_ms,
    worst.5 AS is_error,
    requests
FROM
(
    SELECT
        TraceId::String AS trace_id,
        argMax((ServiceName::String, SpanName::String, Timestamp::DateTime64(9, 'UTC'), Duration / 1e6, failed),
            (failed, Duration, SpanId)) AS worst,
        count() AS requests
    FROM (SELECT *, {% include "_spans/request_failed.sql" %}::Bool AS failed FROM {{ source("otel_traces") }})
    WHERE {% include "_spans/is_request.sql" +%}
      AND ServiceName IN {services:Array(String)}
      AND TraceId != ''
      AND Timestamp >= {from:DateTime64(9, 'UTC')}
      AND Timestamp < {to:DateTime64(9, 'UTC')}
          {{- pruned("otel_traces", "{from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
    GROUP BY trace_id
)
ORDER BY is_error DESC, duration_ms DESC, trace_id
LIMIT {limit:UInt32}
