-- Purpose: when the spans of a question end, and how long its requests take: whether the window's last requests have
--   ended.
-- Params:
{% include "sources/_params_of_spans.sql" +%}
-- Columns:
--   last_end Int64  nanoseconds since 1970 at which the last span ended, 0 without spans
--   settled_ms Float64  99 % of the requests took at most so long
--   last_orphan Int64  when the last span began whose parent is not there, nanoseconds since 1970, 0 without any
-- Reads: otel_traces
WITH
{% include "sources/_question_spans.sql" +%}
    ended AS
    (
        SELECT
            max(started + toInt64(ms * 1e6)) AS last_end,
            ifNotFinite(quantileExactInclusiveIf(0.99)(ms, is_request AND NOT is_stream), 0)::Float64 AS settled_ms,
            max(if(parent != 0 AND parent_service = '', started, 0)) AS last_orphan
        FROM question_spans
    )

SELECT last_end, settled_ms, last_orphan FROM ended
{% include "sources/_once.sql" +%}
