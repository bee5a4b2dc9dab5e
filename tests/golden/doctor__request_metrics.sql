-- Purpose: metrics of the last hour that look as if they counted requests and are not known, by their names, with what
--   one would have to say of them.
-- Params:
--   metric_names Array(String)  known metrics
--   span_metrics String  how the names of metrics end that are made from spans, as a regular expression
--   of_requests String  what stands in the names of metrics of requests, as a regular expression
--   of_others String  what stands in the names of others among them, as a regular expression
-- Columns:
--   name String  the metric
--   services Array(String)  some of the services that report it
--   unit String  the unit that its points name
--   is_timed Bool  whether it tells durations
--   labels Array(String)  the labels of its points
-- Reads: otel_metrics_sum, otel_metrics_histogram
WITH
    points AS
    (
SELECT
            MetricName::String AS name,
            ServiceName::String AS service,
            MetricUnit::String AS unit,
            0::Bool AS is_timed,
            mapKeys(Attributes) AS labels
        FROM otel_metrics_sum
        WHERE TimeUnix > (SELECT max(TimeUnix) FROM otel_metrics_sum) - toIntervalHour(1)
          AND IsMonotonic
          AND NOT (MetricName IN {metric_names:Array(String)} OR match(MetricName, {span_metrics:String}))
          AND match(MetricName, {of_requests:String})
          AND NOT match(MetricName, {of_others:String})
UNION ALL
SELECT
            MetricName::String AS name,
            ServiceName::String AS service,
            MetricUnit::String AS unit,
            1::Bool AS is_timed,
            mapKeys(Attributes) AS labels
        FROM otel_metrics_histogram
        WHERE TimeUnix > (SELECT max(TimeUnix) FROM otel_metrics_histogram) - toIntervalHour(1)
          AND NOT (MetricName IN {metric_names:Array(String)} OR match(MetricName, {span_metrics:String}))
          AND match(MetricName, {of_requests:String})
          AND NOT match(MetricName, {of_others:String})
    )

SELECT
    name,
    arraySort(groupUniqArray(3)(service)) AS services,
    any(unit) AS unit,
    max(is_timed) AS is_timed,
    arraySort(groupUniqArrayArray(labels)) AS labels
FROM points
GROUP BY name
ORDER BY name
LIMIT 20
