-- Purpose: records the shapes of lines in minutes of a ten-minute bucket: masked text, two messages, first and last
--   seen. Before the counts, so that whoever reads a count finds its text. Doing it twice changes nothing.
-- Params:
--   bucket DateTime('UTC')  the bucket's first minute
--   minutes Array(UInt32)  the minutes to look at, in seconds since 1970
-- Reads: {{ logs.table | name }}
-- Calls: kulprit_shape, kulprit_shape_text
INSERT INTO kulprit_shapes (service, shape_id, text, sample_min, sample_max, first_seen, last_seen)
WITH
    {bucket:DateTime('UTC')} AS bucket,
    {%+ include "_logs/said.sql" %} AS said
SELECT
{% include "rollups/logs/_shape_columns.sql" +%}
FROM {{ source("logs") }}
WHERE {{ logs.timestamp | ident }} >= bucket AND {{ logs.timestamp | ident }} < bucket + toIntervalMinute(10)
  {{- pruned("logs", "bucket", "bucket + toIntervalMinute(10)") }}
  AND toUnixTimestamp(toStartOfMinute(toDateTime({{ logs.timestamp | ident }}, 'UTC'))) IN {minutes:Array(UInt32)}
GROUP BY service, shape_id
