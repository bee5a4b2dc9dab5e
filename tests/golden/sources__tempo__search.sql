-- Purpose: which traces Tempo has of some stretches of time, each stretch up to a limit.
-- Params:
--   url String  what is asked, encoded; parts in braces are asked side by side
-- Columns:
--   trace_id String  the trace
--   began Int64  when it began, in nanoseconds since 1970
--   drawn UInt64  a number by which traces are drawn
--   found UInt64  how many traces its stretch has
-- Reads:
SELECT
    -- Tempo leaves out zeros at the beginning
    leftPad(lower(JSONExtractString(trace, 'traceID')), 32, '0') AS trace_id,
    toInt64OrZero(JSONExtractString(trace, 'startTimeUnixNano')) AS began,
    cityHash64(trace_id) AS drawn,
    length(traces) AS found
FROM
(
    SELECT JSONExtractArrayRaw(json, 'traces') AS traces
    FROM url({url:String}, JSONAsString, 'json String', headers(
        'Accept' = 'application/json',
        -- Loki: what belongs to a line alone is told apart from the labels of its stream
        'X-Loki-Response-Encoding-Flags' = 'categorize-labels'))
    WHERE throwIf(NOT JSONHas(json, 'traces') AND NOT JSONHas(json, 'metrics'), 'this is no answer of Tempo') = 0
)
ARRAY JOIN traces AS trace
-- one try, no other host, and an end: a server that is away costs two seconds
SETTINGS http_max_tries = 1, max_http_get_redirects = 0, http_make_head_request = 0, http_connection_timeout = 2,
    http_send_timeout = 10, http_receive_timeout = 10,
    max_threads = 4, max_download_threads = 1, enable_url_encoding = 0
