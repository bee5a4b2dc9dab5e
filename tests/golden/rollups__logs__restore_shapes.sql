-- Purpose: records the shapes anew that rollups/logs/forget_shapes has deleted, from the newest minutes outside the
--   stretch in which a service has them.
-- Params:
--   first_minute DateTime('UTC')  the first minute of the stretch
--   last_minute DateTime('UTC')  the last minute of the stretch
-- Reads: kulprit_log_minutes, otel_logs
-- Calls: kulprit_shape, kulprit_shape_text
INSERT INTO kulprit_shapes (service, shape_id, text, sample_min, sample_max, first_seen, last_seen)
WITH
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
                '\x1f', `Body`) AS said,

    -- what was forgotten, with the newest minutes that still have it
    kept AS
    (
        SELECT service, minute, shape_id, min(minute) OVER (PARTITION BY service, shape_id) AS since
        FROM
        (
            SELECT service::String AS service, minute, shape_id
            FROM kulprit_log_minutes
            ARRAY JOIN shapesMap.shape_id AS shape_id, shapesMap.lines AS lines
            WHERE (minute < {first_minute:DateTime('UTC')} OR minute > {last_minute:DateTime('UTC')})
                AND (service, shape_id) IN
                (
                    SELECT service, shape_id
                    FROM kulprit_log_minutes
                    ARRAY JOIN shapesMap.shape_id AS shape_id
                    WHERE minute >= {first_minute:DateTime('UTC')} AND minute <= {last_minute:DateTime('UTC')}
                )
            GROUP BY service, minute, shape_id
            HAVING sum(lines) > 0
        )
        ORDER BY minute DESC
        LIMIT 2 BY service, shape_id
    )

SELECT service, shape_id, text, sample_min, sample_max, least(first_seen, since::DateTime64(9, 'UTC')), last_seen
FROM
(
    SELECT
    `ServiceName`::String AS service,
    kulprit_shape(said) AS shape_id,
    kulprit_shape_text(substring(min(said), 1, 65536)) AS text,
    substring(min(`Body`), 1, 2048) AS sample_min,
    substring(max(`Body`), 1, 2048) AS sample_max,
    min(`Timestamp`) AS first_seen,
    max(`Timestamp`) AS last_seen
    FROM `otel_logs`
    WHERE (service, toStartOfMinute(toDateTime(`Timestamp`, 'UTC')))
            IN (SELECT service, minute FROM kept)
                AND toStartOfFiveMinutes(`Timestamp`) IN (SELECT toStartOfFiveMinutes(minute) FROM kept)
    GROUP BY service, shape_id
) AS found
INNER JOIN (SELECT DISTINCT service, shape_id, since FROM kept) AS wanted USING (service, shape_id)
