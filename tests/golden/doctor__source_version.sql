-- Purpose: which version of itself a server says it is that is read in place.
-- Params:
--   url String  what is asked, encoded; parts in braces are asked side by side
-- Columns:
--   version String  as it says; empty where it says none
-- Reads:
SELECT coalesce(nullIf(JSONExtractString(json, 'version'), ''), JSONExtractString(json, 'data', 'version')) AS version
FROM url({url:String}, JSONAsString, 'json String', headers(
        'Accept' = 'application/json',
        -- Loki: what belongs to a line alone is told apart from the labels of its stream
        'X-Loki-Response-Encoding-Flags' = 'categorize-labels'))
LIMIT 1
-- one try, no other host, and an end: a server that is away costs two seconds
SETTINGS http_max_tries = 1, max_http_get_redirects = 0, http_make_head_request = 0, http_connection_timeout = 2,
    http_send_timeout = 10, http_receive_timeout = 10,
    max_threads = 4, max_download_threads = 1, enable_url_encoding = 0
