-- Purpose: how far each service's mix of log patterns is from its own past, in the current window and in each window of
--   the same length before it: what is usual for a service, and what is not. Counts are of requests (trace ids), so
--   that a chatty request is one; a line without a trace id stands for itself. The place in the code that a message
--   names belongs to its pattern.
-- Params:
--   current_from DateTime64(9, 'UTC')  start of the current window, inclusive
--   current_to DateTime64(9, 'UTC')  end of the current window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the past
--   services Array(String)  the services in scope
-- Columns:
--   service String  the service
--   window_back Int64  0 is the current window, 1 the one before it, and so on
--   score Float64  the largest G squared of a pattern's share of the requests against the rest of the past
--   pattern_total UInt64  how many patterns were tested
--   event String  the pattern with that score: where in the code, and its shape
--   requests UInt64  requests of the window that logged it
--   request_total UInt64  requests of the window
--   past_requests Int64  requests of the rest of the past that logged it
--   past_request_total Int64  requests of the rest of the past
-- Reads: otel_logs
-- Calls: kulprit_shape
WITH
    {current_from:DateTime64(9, 'UTC')} AS current_from,
    {current_to:DateTime64(9, 'UTC')} AS current_to,
    {history_from:DateTime64(9, 'UTC')} AS history_from,
    greatest(1, toUnixTimestamp64Milli(current_to) - toUnixTimestamp64Milli(current_from)) AS length,

    lines AS
    (
        SELECT
            `ServiceName`::String AS service,
            concat(extract(`Body`, '[A-Za-z_][A-Za-z0-9_.$]*[#:][0-9]+\\b'), ' ',
                toString(kulprit_shape(concat(
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
                '\x1f', `Body`)))) AS event,
            toUnixTimestamp64Milli(toDateTime64(`Timestamp`, 3, 'UTC')) AS logged,
            toInt64(if(
                `Timestamp` >= current_from,
                0,
                1 + intDiv(toUnixTimestamp64Milli(current_from) - 1 - logged, length))) AS window_back,
            if(`TraceId` = '', cityHash64(`Timestamp`, `Body`),
                cityHash64(`TraceId`)) AS request
        FROM `otel_logs` AS stored
        WHERE `Timestamp` >= history_from AND `Timestamp` < current_to
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes(history_from)
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes(current_to)
          AND stored.`ServiceName` IN {services:Array(String)}
    ),

    -- requests by pattern and window, all windows of a service for each of its patterns
    windows AS
    (
        SELECT service, window_back, uniqExact(request) AS request_total,
            sumIf(request_total, window_back > 0) OVER (PARTITION BY service) AS all_past
        FROM lines
        GROUP BY service, window_back
    ),

    logged AS
    (
        SELECT service, event, window_back, uniqExact(request) AS requests
        FROM lines
        GROUP BY service, event, window_back
    ),

    events AS
    (
        SELECT service, event, sumIf(requests, window_back > 0) AS past_of_event
        FROM logged
        GROUP BY service, event
    ),

    -- a of n requests in the window, b of m in the rest of the past
    tables AS
    (
        SELECT
            service,
            event,
            window_back,
            requests,
            request_total,
            toInt64(past_of_event) - if(window_back = 0, 0, toInt64(requests)) AS past_requests,
            toInt64(all_past) - if(window_back = 0, 0, toInt64(request_total)) AS past_request_total
        FROM events
        INNER JOIN windows USING (service)
        LEFT JOIN logged USING (service, event, window_back)
        -- a service without a past has nothing to be tested against, and is told all the same
        WHERE past_request_total > 0 OR (window_back = 0 AND all_past = 0)
    ),

    tested AS
    (
        SELECT
            *,
            toFloat64(requests) AS c,
            toFloat64(past_requests) AS b,
            toFloat64(request_total) + past_request_total AS total,
            (c + b) / total AS share,
            (c * past_request_total - b * request_total) / total AS excess,
            [request_total * share, request_total * (1 - share), past_request_total * share,
                past_request_total * (1 - share)] AS cells,
            [excess, -excess, -excess, excess] AS excesses,
            if(
                has(cells, 0) OR total = 0,
                0,
                2 * arraySum(
                    (cell, x) -> cell * multiIf(
                        x <= -1, 1,
                        abs(x) < 0.001, x * x * (1 / 2 - x * (1 / 6 - x * (1 / 12 - x * (1 / 20 - x * (1 / 30))))),
                        (1 + x) * log1p(x) - x
                    ),
                    cells,
                    arrayMap((cell, y) -> y / cell, cells, excesses)
                )
            ) AS g2
        FROM tables
    )

SELECT
    service,
    window_back,
    max(g2) AS score,
    count() AS pattern_total,
    argMax(tested.event, (g2, tested.event)) AS event,
    argMax(tested.requests, (g2, tested.event)) AS requests,
    max(tested.request_total) AS request_total,
    argMax(tested.past_requests, (g2, tested.event)) AS past_requests,
    max(tested.past_request_total) AS past_request_total
FROM tested
GROUP BY service, window_back
ORDER BY service, window_back
