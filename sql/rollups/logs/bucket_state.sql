-- Purpose: the sum of the marks that rolls have left in one ten-minute bucket: it changes with each roll that counts.
-- Params:
--   bucket DateTime('UTC')  the bucket's first minute
-- Columns:
--   state Int64  the sum; 0 for a bucket that was never rolled
-- Reads: kulprit_log_minutes
SELECT sum(roll_mark) AS state
FROM kulprit_log_minutes
WHERE minute >= {bucket:DateTime('UTC')} AND minute < {bucket:DateTime('UTC')} + toIntervalMinute(10)
