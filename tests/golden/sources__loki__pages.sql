-- Purpose: reads pages of lines from Loki, the oldest lines first.
-- Params:
--   batch UInt64  the number of these pages
--   full_at UInt64  a page with so many lines may have left some out
--   url String  what is asked, encoded; parts in braces are asked side by side
-- Columns:
-- Reads:
INSERT INTO loki_pages
SELECT
    json,
    {batch:UInt64} AS batch,
    arraySum(stream -> JSONLength(stream, 'values'), streams) AS lines,
    arrayMin(stream -> toInt64OrZero(JSONExtractString(stream, 'values', 1, 1)), streams) AS first_at,
    arrayMax(stream -> toInt64OrZero(JSONExtractString(stream, 'values', -1, 1)), streams) AS last_at,
    if(lines >= {full_at:UInt64}, last_at, 9223372036854775807) AS until,
    if(lines >= {full_at:UInt64},
        arraySum(
            stream -> arrayCount(
                entry -> toInt64OrZero(JSONExtractString(entry, 1)) < until, JSONExtractArrayRaw(stream, 'values')),
            streams),
        lines) AS whole_lines
FROM
(
    SELECT json, JSONExtractArrayRaw(json, 'data', 'result') AS streams
    FROM url({url:String}, JSONAsString, 'json String', headers(
        'Accept' = 'application/json',
        -- Loki: what belongs to a line alone is told apart from the labels of its stream
        'X-Loki-Response-Encoding-Flags' = 'categorize-labels'))
    WHERE throwIf(JSONExtractString(json, 'status') != 'success', 'this is no answer of such a server') = 0
      AND throwIf(JSONExtractString(json, 'data', 'resultType') != 'streams', 'this is no answer of Loki') = 0
)
WHERE notEmpty(streams)
-- one try, no other host, and an end: a server that is away costs two seconds
SETTINGS http_max_tries = 1, max_http_get_redirects = 0, http_make_head_request = 0, http_connection_timeout = 2,
    http_send_timeout = 10, http_receive_timeout = 10,
    max_threads = 4, max_download_threads = 1, enable_url_encoding = 0
