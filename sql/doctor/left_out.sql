-- Purpose: which requests the configuration leaves out of a window, by the names of their spans, the most frequent
--   first.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
-- Columns:
--   name String  the name of the span
--   left_out UInt64  requests of the name that are left out
--   all_left_out UInt64  requests of all names that are
--   total UInt64  all requests, as far as their spans say that they are some
-- Reads: otel_traces
SELECT name, left_out, all_left_out, total
FROM
(
    SELECT
        SpanName::String AS name,
        countIf({% include "_spans/is_ignored.sql" %}) AS left_out,
        sum(left_out) OVER () AS all_left_out,
        sum(count()) OVER () AS total
    FROM {{ source("otel_traces") }}
    WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
        {{- pruned("otel_traces", "{from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
      AND (ParentSpanId = '' OR {% include "_spans/request_kind.sql" %})
    GROUP BY name
)
ORDER BY left_out DESC, name
LIMIT 5
