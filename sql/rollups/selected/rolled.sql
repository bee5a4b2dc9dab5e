-- Purpose: how far the requests are rolled up that an objective selects.
-- Params:
--   selector String  which requests: a hash of what the configuration says of them
-- Columns:
--   rolled_to UInt32  the last minute, in seconds since 1970; 0 for none
-- Reads: kulprit_selected_minutes
SELECT toUnixTimestamp(max(minute)) AS rolled_to
FROM kulprit_selected_minutes
WHERE selector = {selector:String} AND service = ''
