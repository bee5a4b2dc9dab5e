-- Purpose: brings a bucket's cells (service and minute) up to date: adds to the rollup what the log table has and the
--   rollup has not, shape by shape, and debits the ledger for it. One row a cell, so that a cell changes as a whole.
-- Params:
--   bucket DateTime('UTC')  the bucket's first minute
--   whole_bucket Bool  all cells of the bucket rather than the pending ones: for lines that came before the ledger was
--      kept
--   settle Bool  sets the ledger to zero whatever it says: for credits of lines that are not, or no longer, in the log
--      table
-- Reads: kulprit_log_minutes, otel_logs
-- Calls: kulprit_shape
INSERT INTO kulprit_log_minutes (service, minute, ledger, rolled, `shapesMap.shape_id`, `shapesMap.lines`)
WITH
    {bucket:DateTime('UTC')} AS bucket,

    -- the cells to roll; a scalar, so that every part below sees the same ones. Unfolded where it is asked, since IN
    -- over an array compares row by row with all its elements.
    (
        SELECT groupArray((service, minute))
        FROM
        (
            SELECT service::String AS service, minute
            FROM kulprit_log_minutes
            WHERE minute >= bucket AND minute < bucket + toIntervalMinute(10)
            GROUP BY service, minute
            HAVING sum(ledger) != 0
        )
    ) AS pending,

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
                '\x1e', `SeverityText`::String, '\x1f',
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
              AND ({whole_bucket:Bool}
                  OR (service, minute) IN (SELECT cell.1, cell.2 FROM (SELECT arrayJoin(pending) AS cell)))
            GROUP BY service, minute, shape_id

            UNION ALL

            -- the ledger comes along as shape 0
            SELECT service::String AS service, minute, shape_id, if(shape_id = 0, lines, -lines) AS lines
            FROM kulprit_log_minutes
            ARRAY JOIN arrayPushBack(shapesMap.shape_id, 0) AS shape_id, arrayPushBack(shapesMap.lines, ledger) AS lines
            WHERE minute >= bucket AND minute < bucket + toIntervalMinute(10)
              AND ({whole_bucket:Bool}
                  OR (service, minute) IN (SELECT cell.1, cell.2 FROM (SELECT arrayJoin(pending) AS cell)))
        )
        GROUP BY service, minute, shape_id
        HAVING lines != 0
    )

SELECT
    service,
    minute,
    if({settle:Bool}, -sumIf(lines, shape_id = 0), -toInt64(added * (1 + cityHash64(minute) % 65521))) AS ledger_change,
    sumIf(lines, shape_id != 0) AS added,
    groupArrayIf(shape_id, shape_id != 0) AS shape_ids,
    groupArrayIf(lines, shape_id != 0) AS line_counts
FROM missing
GROUP BY service, minute
HAVING ledger_change != 0 OR notEmpty(shape_ids)
