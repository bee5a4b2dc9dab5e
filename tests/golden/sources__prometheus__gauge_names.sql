-- Purpose: which gauges Prometheus knows that mean saturation.
-- Params:
--   metrics String  regular expression of the names of metrics that mean saturation
--   except String  regular expression of those among them that do not
--   url String  what is asked, encoded; parts in braces are asked side by side
-- Columns:
--   name String  the metric's name
-- Reads:
SELECT metric.1 AS name
FROM
(
    SELECT arrayJoin(JSONExtractKeysAndValuesRaw(json, 'data')) AS metric
    FROM url({url:String}, JSONAsString, 'json String', headers(
        'Accept' = 'application/json',
        -- Loki: what belongs to a line alone is told apart from the labels of its stream
        'X-Loki-Response-Encoding-Flags' = 'categorize-labels'))
    WHERE throwIf(JSONExtractString(json, 'status') != 'success', 'this is no answer of such a server') = 0
)
WHERE JSONExtractString(metric.2, 1, 'type') = 'gauge'
  AND match(name, {metrics:String}) AND NOT match(name, {except:String})
ORDER BY name
LIMIT 100
-- one try, no other host, and an end: a server that is away costs two seconds
SETTINGS http_max_tries = 1, max_http_get_redirects = 0, http_make_head_request = 0, http_connection_timeout = 2,
    http_send_timeout = 10, http_receive_timeout = 10,
    max_threads = 4, max_download_threads = 1, enable_url_encoding = 0
