-- Purpose: a message of each of a few log events, and when the event was seen: what stands behind the ids of
--   log_request_scores.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the history before the window
--   one_in UInt64  how many traces of the history there are for each that is read; 1 reads all
--   current_one_in UInt64  the same for the window; a divisor of one_in
--   services Array(String)  the events' services
--   events Array(UInt64)  their ids, in the same order
-- Columns:
--   service String  the service
--   event UInt64  the event's id
--   example String  the message that shows it first in the window, or else last before it
--   severity String  that message's severity
--   first_in_window DateTime64(9, 'UTC')  when the window shows it first, 1970 if it does not
--   last_before DateTime64(9, 'UTC')  when the history showed it last, 1970 if it did not
-- Reads: otel_logs
-- Calls: kulprit_shape
WITH
    question_lines AS MATERIALIZED
    (
SELECT
    if(trace_id = '', 0, cityHash64(trace_id)) AS trace,
    cityHash64(trace, service) AS visit,
    service,
    at,
    drawn,
    arrayMap(shape -> cityHash64(site, shape), shapes) AS events
FROM
(
    SELECT
        `ServiceName`::LowCardinality(String) AS service,
        `TraceId`::String AS trace_id,
        toUnixTimestamp64Nano(toDateTime64(`Timestamp`, 9)) AS at,
        -- a line without a trace id is drawn by its time
        cityHash64(if(trace_id = '', toString(`Timestamp`), trace_id)) AS drawn,
            -- Where in the code a line was written is part of what it says: `TravelServiceImpl#366` and
            -- `TravelServiceImpl#372` are two events though a mask of numbers makes them one. A source position is a
            -- dotted name (a file or a qualified class) or a CamelCase one, then # or : and a number of at most four
            -- digits (five would be a port), and nothing that goes on as an address.
            extract(substring(`Body`, 1, 1024), '((?:[A-Za-z_$][A-Za-z0-9_$]*(?:[.][A-Za-z0-9_$]+)+|(?:[A-Z][a-z0-9]+){2,})[#:][0-9]{1,4})(?:[^A-Za-z0-9_:.]|$)') AS site,
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
                '\x1f', `Body`)) AS text_id,
            -- empty where the line is no JSON
            concat(JSONExtractString(`Body`, 'message'),
                JSONExtractString(`Body`, 'msg'),
                JSONExtractString(`Body`, 'log')) AS message,
            sipHash64(arraySlice(
                arrayFilter(
                    word -> length(word) > 2 AND NOT match(word, '[0-9]'),
                    splitByNonAlpha(substring(if(message = '', `Body`, message), 1, 512))),
                1, 8
            )) AS beginning,
            -- A line is two events: its beginning whatever follows (arguments that are lists give each line a text of
            -- its own), and its text (all lines may come from one position of a library). The beginning is the
            -- position, or else the first words.
            [if(site = '', beginning, 0), text_id] AS shapes

    FROM `otel_logs`
    WHERE `ServiceName` != ''
      AND `Timestamp` >= {history_from:DateTime64(9, 'UTC')}
      -- what belongs to a request of the window may be logged after it
      AND `Timestamp` < {to:DateTime64(9, 'UTC')} + toIntervalMinute(5)
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes({history_from:DateTime64(9, 'UTC')})
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes({to:DateTime64(9, 'UTC')} + toIntervalMinute(5))
      AND drawn % if(
          `Timestamp` >= {from:DateTime64(9, 'UTC')} - toIntervalMinute(5),
          {current_one_in:UInt64},
          {one_in:UInt64}) = 0
)
    ),


    wanted AS
    (
        SELECT
            service, event,
            minIf(at, is_current) AS first_at,
            maxIf(at, NOT is_current) AS last_at,
            if(first_at > 0, first_at, last_at) AS example_at
        FROM
        (
            SELECT service::String AS service, arrayJoin(events) AS event, at,
                at >= toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')}) AS is_current
            FROM question_lines
            WHERE service IN {services:Array(String)}
              AND at < toUnixTimestamp64Nano({to:DateTime64(9, 'UTC')})
        )
        WHERE (service, event) IN
            (SELECT arrayJoin(arrayZip({services:Array(String)}, {events:Array(UInt64)})))
        GROUP BY service, event
    )

SELECT
    service,
    event,
    toValidUTF8(substring(min(body), 1, 2048)) AS example,
    argMin(severity, body) AS severity,
    fromUnixTimestamp64Nano(any(first_at), 'UTC') AS first_in_window,
    fromUnixTimestamp64Nano(any(last_at), 'UTC') AS last_before
FROM
(
    SELECT service, at, body, severity, arrayJoin(arrayMap(shape -> cityHash64(site, shape), shapes)) AS event
    FROM
    (
        SELECT
            `ServiceName`::String AS service,
            `Body`::String AS body,
            if(`SeverityText` != '' OR SeverityNumber = 0, `SeverityText`::String,
                    ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'][intDiv(SeverityNumber - 1, 4) + 1]) AS severity,
            toUnixTimestamp64Nano(toDateTime64(`Timestamp`, 9)) AS at,
            -- Where in the code a line was written is part of what it says: `TravelServiceImpl#366` and
            -- `TravelServiceImpl#372` are two events though a mask of numbers makes them one. A source position is a
            -- dotted name (a file or a qualified class) or a CamelCase one, then # or : and a number of at most four
            -- digits (five would be a port), and nothing that goes on as an address.
            extract(substring(`Body`, 1, 1024), '((?:[A-Za-z_$][A-Za-z0-9_$]*(?:[.][A-Za-z0-9_$]+)+|(?:[A-Z][a-z0-9]+){2,})[#:][0-9]{1,4})(?:[^A-Za-z0-9_:.]|$)') AS site,
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
                '\x1f', `Body`)) AS text_id,
            -- empty where the line is no JSON
            concat(JSONExtractString(`Body`, 'message'),
                JSONExtractString(`Body`, 'msg'),
                JSONExtractString(`Body`, 'log')) AS message,
            sipHash64(arraySlice(
                arrayFilter(
                    word -> length(word) > 2 AND NOT match(word, '[0-9]'),
                    splitByNonAlpha(substring(if(message = '', `Body`, message), 1, 512))),
                1, 8
            )) AS beginning,
            -- A line is two events: its beginning whatever follows (arguments that are lists give each line a text of
            -- its own), and its text (all lines may come from one position of a library). The beginning is the
            -- position, or else the first words.
            [if(site = '', beginning, 0), text_id] AS shapes

        FROM `otel_logs`
        WHERE `ServiceName` IN {services:Array(String)}
          AND `Timestamp` >= {history_from:DateTime64(9, 'UTC')}
          AND `Timestamp` < {to:DateTime64(9, 'UTC')}
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes({history_from:DateTime64(9, 'UTC')})
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes({to:DateTime64(9, 'UTC')})
          AND toUnixTimestamp64Nano(toDateTime64(`Timestamp`, 9)) IN (SELECT example_at FROM wanted)
    )
) AS lines
INNER JOIN wanted ON lines.service = wanted.service AND lines.event = wanted.event AND lines.at = wanted.example_at
GROUP BY service, event
ORDER BY service, event
SETTINGS enable_materialized_cte = 1

