-- Purpose: the minutes of the lines that parts of the log table hold.
-- Params:
--   parts Array(String)  names of parts
-- Columns:
--   part String  a part that is there and holds lines
--   minutes Array(UInt32)  its minutes, in seconds since 1970
-- Reads: {{ logs.table | name }}
SELECT
    part,
    arraySort(groupUniqArray(
        toUnixTimestamp(toStartOfMinute(toDateTime({{ logs.timestamp | ident }}, 'UTC'))))) AS minutes
FROM {{ source_of_parts("logs") }}
GROUP BY part
ORDER BY part
