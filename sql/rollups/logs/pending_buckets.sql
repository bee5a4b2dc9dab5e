-- Purpose: the ten-minute buckets in which lines have arrived that are not rolled up yet, newest first.
-- Params:
--   covered_from DateTime('UTC')  the minute from which on the rollup is to know every line
--   limit UInt32  the number of buckets to return
-- Columns:
--   bucket DateTime('UTC')  the bucket's first minute
--   cells UInt64  how many cells (service and minute) of it are pending
--   ledger_total Int64  the sum of their ledgers: the same value again, after a roll, means lines that were credited
--      twice
--   state UInt64  a hash of what is rolled up in the bucket: a roll that starts from a state that another has changed
--      must not count
-- Reads: kulprit_log_minutes
SELECT
    toStartOfInterval(minute, toIntervalMinute(10)) AS bucket,
    countIf(ledger != 0) AS cells,
    sum(ledger) AS ledger_total,
    groupBitXor(cityHash64(service, minute, rolled)) AS state
FROM
(
    SELECT service::String AS service, minute, sum(ledger) AS ledger, sum(rolled) AS rolled
    FROM kulprit_log_minutes
    WHERE minute >= {covered_from:DateTime('UTC')}
    GROUP BY service, minute
)
GROUP BY bucket
HAVING cells > 0
ORDER BY bucket DESC
LIMIT {limit:UInt32}
