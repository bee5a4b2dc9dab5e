-- Purpose: brings minutes of a ten-minute bucket up to date: adds to the rollup what the log table has and the rollup
--   has not, shape by shape, and takes off what the log table has no longer. One row a cell (service and minute), so
--   that a cell changes as a whole.
-- Params:
--   bucket DateTime('UTC')  the bucket's first minute
--   minutes Array(UInt32)  the minutes to roll, in seconds since 1970
--   mark Int64  a number of this roll's own, added to the bucket's state
-- Reads: kulprit_log_minutes, {{ logs.table | name }}
-- Calls: kulprit_shape
INSERT INTO kulprit_log_minutes (service, minute, rolled, roll_mark, `shapesMap.shape_id`, `shapesMap.lines`)
WITH
    {bucket:DateTime('UTC')} AS bucket,

    -- lines of each cell and shape in the log table, less those rolled up before
    missing AS
    (
        SELECT service, minute, shape_id, sum(lines) AS lines
        FROM
        (
            SELECT
                {{ logs.service | ident }}::String AS service,
                toStartOfMinute(toDateTime({{ logs.timestamp | ident }}, 'UTC')) AS minute,
                kulprit_shape({%+ include "_logs/said.sql" %}) AS shape_id,
                toInt64(count()) AS lines
            FROM {{ source("logs") }}
            WHERE {{ logs.timestamp | ident }} >= bucket
                AND {{ logs.timestamp | ident }} < bucket + toIntervalMinute(10)
                {{- pruned("logs", "bucket", "bucket + toIntervalMinute(10)") }}
              AND toUnixTimestamp(minute) IN {minutes:Array(UInt32)}
            GROUP BY service, minute, shape_id

            UNION ALL

            SELECT service::String AS service, minute, shape_id, -lines AS lines
            FROM kulprit_log_minutes
            ARRAY JOIN shapesMap.shape_id AS shape_id, shapesMap.lines AS lines
            WHERE minute >= bucket AND minute < bucket + toIntervalMinute(10)
              AND toUnixTimestamp(minute) IN {minutes:Array(UInt32)}
        )
        GROUP BY service, minute, shape_id
        HAVING lines != 0
    )

SELECT
    service,
    minute,
    added,
    if(rowNumberInAllBlocks() = 0, {mark:Int64}, 0) AS mark,
    shape_ids,
    line_counts
FROM
(
    SELECT
        service,
        minute,
        sum(lines) AS added,
        groupArray(shape_id) AS shape_ids,
        groupArray(lines) AS line_counts
    FROM missing
    GROUP BY service, minute
)
