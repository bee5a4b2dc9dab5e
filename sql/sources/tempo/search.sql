-- Purpose: which traces Tempo has of some stretches of time, each stretch up to a limit.
-- Params:
{% include "sources/_place_params.sql" %}
-- Columns:
--   trace_id String  the trace
--   began Int64  when it began, in nanoseconds since 1970
--   drawn UInt64  a number by which traces are drawn
--   found UInt64  how many traces its stretch has
-- Reads:
SELECT
    -- Tempo leaves out zeros at the beginning
    leftPad(lower(JSONExtractString(trace, 'traceID')), 32, '0') AS trace_id,
    toInt64OrZero(JSONExtractString(trace, 'startTimeUnixNano')) AS began,
    cityHash64(trace_id) AS drawn,
    length(traces) AS found
FROM
(
    SELECT JSONExtractArrayRaw(json, 'traces') AS traces
    FROM {% include "sources/_place.sql" +%}
    WHERE throwIf(NOT JSONHas(json, 'traces') AND NOT JSONHas(json, 'metrics'), 'this is no answer of Tempo') = 0
)
ARRAY JOIN traces AS trace
{% include "sources/_place_settings.sql" +%}
