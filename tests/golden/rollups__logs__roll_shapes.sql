-- Purpose: records the shapes of lines in minutes of a ten-minute bucket: masked text, two messages, first and last
--   seen. Before the counts, so that whoever reads a count finds its text. Doing it twice changes nothing.
-- Params:
--   bucket DateTime('UTC')  the bucket's first minute
--   minutes Array(UInt32)  the minutes to look at, in seconds since 1970
-- Reads: otel_logs
-- Calls: kulprit_shape, kulprit_shape_text
INSERT INTO kulprit_shapes (service, shape_id, text, sample_min, sample_max, first_seen, last_seen)
WITH
    {bucket:DateTime('UTC')} AS bucket,
    concat(
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
                '\x1f', `Body`) AS said
SELECT
    `ServiceName`::String AS service,
    kulprit_shape(said) AS shape_id,
    kulprit_shape_text(substring(min(said), 1, 65536)) AS text,
    substring(min(`Body`), 1, 2048) AS sample_min,
    substring(max(`Body`), 1, 2048) AS sample_max,
    min(`Timestamp`) AS first_seen,
    max(`Timestamp`) AS last_seen
FROM `otel_logs`
WHERE `Timestamp` >= bucket AND `Timestamp` < bucket + toIntervalMinute(10)
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes(bucket)
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes(bucket + toIntervalMinute(10))
  AND toUnixTimestamp(toStartOfMinute(toDateTime(`Timestamp`, 'UTC'))) IN {minutes:Array(UInt32)}
GROUP BY service, shape_id
