-- Purpose: when the first and the last point of a metric of requests was read from some time on.
-- Params:
--   since DateTime64(9, 'UTC')  the time
--   metric_names Array(String)  known metrics
--   span_metrics String  how the names of metrics end that are made from spans, as a regular expression
-- Columns:
--   rows UInt64  the number of such points
--   oldest DateTime64(9, 'UTC')  the earliest; 1970 when there are none
--   newest DateTime64(9, 'UTC')  the latest; 1970 when there are none
-- Reads: otel_metrics_sum, otel_metrics_histogram{% for table in further_points %}, {{ table | name }}{% endfor +%}
{% include "_metrics/first_and_last.sql" +%}
WHERE TimeUnix >= {since:DateTime64(9, 'UTC')}
