-- Purpose: how many spans before some minute have parents that the rollup of requests has not looked at yet, so that it
--   counts them by what each says of itself.
-- Params:
--   from DateTime('UTC')  the first minute
--   to DateTime('UTC')  the minute to stop before
-- Columns:
--   spans UInt64  how many there are
-- Reads: kulprit_request_minutes
SELECT toUInt64(greatest(0, sum(unsettled))) AS spans
FROM kulprit_request_minutes
WHERE minute >= {from:DateTime('UTC')} AND minute < {to:DateTime('UTC')}
