-- Purpose: the first and the last minute of those parts of a partition that a rollup counts.
-- Params:
--   rollup String  which rollup: logs or requests
--   partition_id String  the partition
-- Columns:
--   since UInt32  the first minute, in seconds since 1970; 0 where there is none
--   until UInt32  the last minute, in seconds since 1970; 0 where there is none
-- Reads: kulprit_rolled_parts
SELECT toUInt32(min(first_minute)) AS since, toUInt32(max(last_minute)) AS until
FROM kulprit_rolled_parts
WHERE rollup = {rollup:String} AND partition_id = {partition_id:String} AND known > 0
  AND toUnixTimestamp(last_minute) > 0
