-- Purpose: what time it is for a Loki or a Prometheus that is read in place, and for ClickHouse.
-- Params:
--   url String  what is asked, encoded; parts in braces are asked side by side
-- Columns:
--   ahead Float64  by how many seconds the server's clock is ahead of ClickHouse's
-- Reads:
SELECT
    coalesce(
        JSONExtract(json, 'data', 'result', 1, 'value', 1, 'Nullable(Float64)'),
        JSONExtract(json, 'data', 'result', 1, 'Nullable(Float64)'),
        0.) - toUnixTimestamp64Milli(now64(3)) / 1e3 AS ahead
FROM url({url:String}, JSONAsString, 'json String', headers(
        'Accept' = 'application/json',
        -- Loki: what belongs to a line alone is told apart from the labels of its stream
        'X-Loki-Response-Encoding-Flags' = 'categorize-labels'))
WHERE throwIf(JSONExtractString(json, 'status') != 'success', 'this is no answer of such a server') = 0
LIMIT 1
-- one try, no other host, and an end: a server that is away costs two seconds
SETTINGS http_max_tries = 1, max_http_get_redirects = 0, http_make_head_request = 0, http_connection_timeout = 2,
    http_send_timeout = 10, http_receive_timeout = 10,
    max_threads = 4, max_download_threads = 1, enable_url_encoding = 0
