-- Purpose: request rate, errors and latency of each service in a window and its baseline, and over time, from its
--   metrics: counters and histograms (explicit or exponential) whose names are known, cumulative or delta. A cumulative
--   stream that falls, or whose start time moves past its last point, has begun anew. What rose during a gap counts at
--   the first point after it.
{% include "health/_windows.sql" +%}
{% include "_metrics/params.sql" +%}
{% include "health/_health_header.sql" +%}
-- Reads: otel_metrics_sum, otel_metrics_histogram{% for table in further_points %}, {{ table | name }}{% endfor +%}
WITH
{% include "_windows/named.sql" +%}
    {step_seconds:UInt32} AS step,
{% include "_metrics/requests.sql" +%}

{% include "health/_health.sql" +%}
