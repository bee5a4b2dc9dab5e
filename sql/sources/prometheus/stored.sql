-- Purpose: how many points were read of Prometheus.
-- Params:
-- Columns:
--   points UInt64  how many points there are in the session's tables
-- Reads: otel_metrics_sum, otel_metrics_histogram, otel_metrics_gauge
SELECT sum(number) AS points
FROM
(
    SELECT count() AS number FROM otel_metrics_sum
    UNION ALL
    SELECT count() FROM otel_metrics_histogram
    UNION ALL
    SELECT count() FROM otel_metrics_gauge
)
