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
            service::String AS service, block, sum(weight) AS asked, sumIf(weight, parent = 0) AS asked_by_roots,
            -- what a sampler kept counts by how many it stands for, and altogether for no more than it tells
            sum(asked) OVER (PARTITION BY service) / sum(sum(weight * weight)) OVER (PARTITION BY service) AS telling,
            toUInt64(round(telling * asked)) AS requests, toUInt64(round(telling * asked_by_roots)) AS roots,
            fromUnixTimestamp64Nano(max(started), 'UTC') AS last_at
        FROM question_requests
        GROUP BY service, block
    )

SELECT service, block, requests, roots, last_at
FROM counted
ORDER BY service, block
{% include "sources/_once.sql" +%}
