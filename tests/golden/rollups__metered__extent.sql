-- Purpose: when the first and the last point of a metric of requests was read, and up to when they are rolled up.
-- Params:
--   metric_names Array(String)  known metrics
-- Columns:
--   points UInt64  how many there are
--   oldest DateTime('UTC')  the first
--   newest DateTime('UTC')  the last
--   rolled_to DateTime('UTC')  the last minute that is rolled up; 1970 when none is
-- Reads: otel_metrics_sum, otel_metrics_histogram,
-- kulprit_metered_minutes
SELECT
    count() AS points,
    toDateTime(min(TimeUnix), 'UTC') AS oldest,
    toDateTime(max(TimeUnix), 'UTC') AS newest,
    ifNull((SELECT max(minute) FROM kulprit_metered_minutes), toDateTime(0, 'UTC')) AS rolled_to
FROM
(
    SELECT TimeUnix FROM otel_metrics_sum WHERE MetricName IN {metric_names:Array(String)}
    UNION ALL
    SELECT TimeUnix FROM otel_metrics_histogram WHERE MetricName IN {metric_names:Array(String)}
)
