-- Purpose: how many requests each service served in the window and in each block of the history.
-- Params:
{% include "sources/_params_of_requests.sql" +%}
-- Columns:
--   service String  the service
--   block Int64  0 is the window, 1, 2, ... the stretches before it
--   requests UInt64  its requests that began in the block
--   roots UInt64  how many of them are the root of their trace
--   last_at DateTime64(9, 'UTC')  when the last of them began
-- Reads: otel_traces
WITH
{% include "sources/_question.sql" +%}
    counted AS
    (
        SELECT
            service::String AS service, block, count() AS requests, countIf(parent = 0) AS roots,
            fromUnixTimestamp64Nano(max(started), 'UTC') AS last_at
        FROM question_requests
        GROUP BY service, block
    )

SELECT service, block, requests, roots, last_at
FROM counted
ORDER BY service, block
{% include "sources/_once.sql" +%}
