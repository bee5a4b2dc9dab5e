-- Purpose: when a rollup was last found to count exactly the parts that its table has.
-- Params:
--   rollup String  which rollup: logs or requests
-- Columns:
--   agreed_at UInt32  the moment, in seconds since 1970; 0 for never
-- Reads: kulprit_rollup_agreements
SELECT toUInt32(max(agreed_at)) AS agreed_at
FROM kulprit_rollup_agreements
WHERE rollup = {rollup:String}
