-- Purpose: the metrics of a Prometheus that is read in place that count requests, or look as if they did.
-- Params:
--   metric_names Array(String)  known metrics
--   span_metrics String  how the names of metrics end that are made from spans, as a regular expression
--   of_requests String  regular expression of what stands in the names of metrics of requests
--   of_others String  regular expression of what stands in the names of those among them that count something else
{% include "sources/_place_params.sql" %}
-- Columns:
--   name String  the metric, without what Prometheus appends to the parts of a histogram
--   is_known UInt8  whether answers count it
-- Reads:
SELECT
    replaceRegexpOne(name_of_series, '_(bucket|count|sum)$', '') AS name,
    max(name IN {metric_names:Array(String)} OR match(name, {span_metrics:String})) AS is_known
FROM
(
    SELECT arrayJoin(JSONExtract(json, 'data', 'Array(String)')) AS name_of_series
    FROM {% include "sources/_place.sql" +%}
    WHERE {% include "sources/_place_answered.sql" +%}
)
GROUP BY name
HAVING is_known OR (match(name, {of_requests:String}) AND NOT match(name, {of_others:String}))
ORDER BY name
{% include "sources/_place_settings.sql" +%}
