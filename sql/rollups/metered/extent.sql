-- Purpose: when the first and the last of those points of a metric of requests was read that are not rolled up yet.
-- Params:
--   metric_names Array(String)  known metrics
--   span_metrics String  how the names of metrics end that are made from spans, as a regular expression
--   late_seconds UInt32  how late a point may come and still count
-- Columns:
--   rows UInt64  the number of such points
--   oldest DateTime64(9, 'UTC')  the earliest; 1970 when there are none
--   newest DateTime64(9, 'UTC')  the latest; 1970 when there are none
-- Reads: otel_metrics_sum, otel_metrics_histogram{% for table in further_points %}, {{ table | name }}{% endfor %},
-- kulprit_metered_minutes
{% include "_metrics/first_and_last.sql" +%}
-- The lateness is added here, since before 1970 there is no DateTime.
WHERE TimeUnix + toIntervalSecond({late_seconds:UInt32})
    >= ifNull((SELECT max(minute) FROM kulprit_metered_minutes), toDateTime(0, 'UTC'))
