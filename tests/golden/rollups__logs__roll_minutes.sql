-- Purpose: brings minutes of a ten-minute bucket up to date: adds to the rollup what the log table has and the rollup
--   has not, shape by shape, and takes off what the log table has no longer. One row a cell (service and minute), so
--   that a cell changes as a whole.
-- Params:
--   bucket DateTime('UTC')  the bucket's first minute
--   minutes Array(UInt32)  the minutes to roll, in seconds since 1970
--   mark Int64  a number of this roll's own, added to the bucket's state
-- Reads: kulprit_log_minutes, otel_logs
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
                `ServiceName`::String AS service,
                toStartOfMinute(toDateTime(`Timestamp`, 'UTC')) AS minute,
                kulprit_shape(concat(
                -- what a line says: its severity, the attributes that tell how it ended, and its message
                '\x1e', if(`SeverityText` != '' OR SeverityNumber = 0, `SeverityText`::String,
                    ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'][intDiv(SeverityNumber - 1, 4) + 1]), '\x1f',
                arrayStringConcat(
                    arrayMap(
                        key -> concat(key, '=', substring(`LogAttributes`[key], 1, 64)),
                        arraySort(arrayFilter(
                            key -> key IN (
                                'status', 'Status', 'status_code', 'statusCode', 'StatusCode', 'status.code',
                                'http.response.status_code', 'http.status_code', 'http_status', 'http_status_code',
                                'http.status', 'response_code', 'response.status', 'response.status_code',
                                'rpc.grpc.status_code', 'rpc.response.status_code', 'grpc.code', 'grpc_code',
                                'grpc.status_code', 'db.response.status_code', 'exit_code', 'exitCode', 'exit.code',
                                'exit_status', 'process.exit.code', 'signal', 'code', 'errno', 'error_code',
                                'errorCode', 'error.code', 'sqlstate', 'error.type', 'exception.type', 'result',
                                'outcome', 'event.outcome'                            ),
                            mapKeys(`LogAttributes`)))),
                    ' '),
                '\x1f', `Body`)) AS shape_id,
                toInt64(count()) AS lines
            FROM `otel_logs`
            WHERE `Timestamp` >= bucket
                AND `Timestamp` < bucket + toIntervalMinute(10)
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes(bucket)
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes(bucket + toIntervalMinute(10))
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
