-- Purpose: request rate, errors and latency of each service in a window and its baseline, and over time, from the spans
--   themselves. Durations are sorted into eight buckets for each doubling, as in the rollup.
{% include "health/_windows.sql" +%}
{% include "health/_health_header.sql" +%}
-- Reads: otel_traces
WITH
{% include "_windows/named.sql" +%}
    {step_seconds:UInt32} AS step,
    toStartOfMinute(current_from) AS first_minute,

    -- requests by bucket and stretch of time
{% set spans_read = "health/_read.sql" %}
    counted AS
    (
{% include "health/_requests_of_spans.sql" +%}
        GROUP BY service, is_current, time, bucket
    ),

{% include "health/_health.sql" +%}
