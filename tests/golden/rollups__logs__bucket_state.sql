-- Purpose: a hash of what is rolled up in one ten-minute bucket, as in rollups/logs/pending_buckets.
-- Params:
--   bucket DateTime('UTC')  the bucket's first minute
-- Columns:
--   state UInt64  the hash; 0 for a bucket of which nothing is known
-- Reads: kulprit_log_minutes
SELECT groupBitXor(cityHash64(service, minute, rolled)) AS state
FROM
(
    SELECT service::String AS service, minute, sum(rolled) AS rolled
    FROM kulprit_log_minutes
    WHERE minute >= {bucket:DateTime('UTC')} AND minute < {bucket:DateTime('UTC')} + toIntervalMinute(10)
    GROUP BY service, minute
)
