-- Purpose: how many lines Loki has, by service, level and step of time: cheap for it, and exact. What to read of
--   them is planned from these.
-- Params:
--   service_label String  the label with the name of the service
--   url String  what is asked, encoded; parts in braces are asked side by side
-- Columns:
--   service String  the service
--   level String  the level that Loki has found in its lines; empty where it looks for none
--   at UInt64  the end of the step, in seconds since 1970
--   lines UInt64  how many lines
-- Reads:
SELECT
    JSONExtractString(series, 'metric', {service_label:String}) AS service,
    JSONExtractString(series, 'metric', 'detected_level') AS level,
    toUInt64(JSONExtractFloat(point, 1)) AS at,
    toUInt64(toFloat64OrZero(JSONExtractString(point, 2))) AS lines
FROM
(
    SELECT arrayJoin(JSONExtractArrayRaw(json, 'data', 'result')) AS series
    FROM url({url:String}, JSONAsString, 'json String', headers(
        'Accept' = 'application/json',
        -- Loki: what belongs to a line alone is told apart from the labels of its stream
        'X-Loki-Response-Encoding-Flags' = 'categorize-labels'))
    WHERE throwIf(JSONExtractString(json, 'status') != 'success', 'this is no answer of such a server') = 0
)
ARRAY JOIN JSONExtractArrayRaw(series, 'values') AS point
WHERE lines > 0
ORDER BY service, level, at
-- one try, no other host, and an end: a server that is away costs two seconds
SETTINGS http_max_tries = 1, max_http_get_redirects = 0, http_make_head_request = 0, http_connection_timeout = 2,
    http_send_timeout = 10, http_receive_timeout = 10,
    max_threads = 4, max_download_threads = 1, enable_url_encoding = 0
