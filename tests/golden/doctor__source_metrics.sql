-- Purpose: the metrics of a Prometheus that is read in place that count requests, or look as if they did.
-- Params:
--   metric_names Array(String)  known metrics
--   span_metrics String  how the names of metrics end that are made from spans, as a regular expression
--   of_requests String  regular expression of what stands in the names of metrics of requests
--   of_others String  regular expression of what stands in the names of those among them that count something else
--   url String  what is asked, encoded; parts in braces are asked side by side
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
    FROM url({url:String}, JSONAsString, 'json String', headers(
        'Accept' = 'application/json',
        -- Loki: what belongs to a line alone is told apart from the labels of its stream
        'X-Loki-Response-Encoding-Flags' = 'categorize-labels'))
    WHERE throwIf(JSONExtractString(json, 'status') != 'success', 'this is no answer of such a server') = 0
)
GROUP BY name
HAVING is_known OR (match(name, {of_requests:String}) AND NOT match(name, {of_others:String}))
ORDER BY name
-- one try, no other host, and an end: a server that is away costs two seconds
SETTINGS http_max_tries = 1, max_http_get_redirects = 0, http_make_head_request = 0, http_connection_timeout = 2,
    http_send_timeout = 10, http_receive_timeout = 10,
    max_threads = 4, max_download_threads = 1, enable_url_encoding = 0
