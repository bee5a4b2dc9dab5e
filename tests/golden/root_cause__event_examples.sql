-- Purpose: a message of each of a few log events, and when the event was seen: what stands behind the ids of
--   log_request_scores.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the history before the window
--   one_in UInt64  how many traces there are for each that is read; 1 reads all
--   services Array(String)  the events' services
--   sites Array(String)  their source positions, in the same order
--   shapes Array(UInt64)  their ids of masked texts or first words, or 0, in the same order
-- Columns:
--   service String  the service
--   site String  the event's source position, empty where its lines name none
--   shape UInt64  the id of its masked text, or of its first words where its lines name no position; 0 for any text at
--      that position
--   example String  one of its messages
--   severity String  that message's severity
--   first_in_window DateTime64(9, 'UTC')  when the window shows it first, 1970 if it does not
--   last_before DateTime64(9, 'UTC')  when the history showed it last, 1970 if it did not
-- Reads: otel_logs
-- Calls: kulprit_shape
SELECT
    service,
    site,
    shape,
    toValidUTF8(substring(max(body), 1, 2048)) AS example,
    argMax(severity, body) AS severity,
    minIf(at, at >= {from:DateTime64(9, 'UTC')})::DateTime64(9, 'UTC') AS first_in_window,
    maxIf(at, at < {from:DateTime64(9, 'UTC')})::DateTime64(9, 'UTC') AS last_before
FROM
(
    SELECT
        `ServiceName`::String AS service,
        `Body`::String AS body,
        `SeverityText`::String AS severity,
        `Timestamp` AS at,
            -- Where in the code a line was written is part of what it says: `TravelServiceImpl#366` and
            -- `TravelServiceImpl#372` are two events though a mask of numbers makes them one. A source position is a
            -- dotted name (a file or a qualified class) or a CamelCase one, then # or : and a number of at most four
            -- digits (five would be a port), and nothing that goes on as an address.
            extract(substring(`Body`, 1, 1024), '((?:[A-Za-z_$][A-Za-z0-9_$]*(?:[.][A-Za-z0-9_$]+)+|(?:[A-Z][a-z0-9]+){2,})[#:][0-9]{1,4})(?:[^A-Za-z0-9_:.]|$)') AS site,
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
            arrayJoin([if(site = '', beginning, 0), text_id]) AS shape

    FROM `otel_logs`
    WHERE `ServiceName` IN {services:Array(String)}
          AND `Timestamp` >= {history_from:DateTime64(9, 'UTC')}
          AND `Timestamp` < {to:DateTime64(9, 'UTC')}
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes({history_from:DateTime64(9, 'UTC')})
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes({to:DateTime64(9, 'UTC')})
          -- a line without a trace id is drawn by its time
          AND cityHash64(if(
              `TraceId` = '',
              toString(`Timestamp`),
              `TraceId`::String)) % {one_in:UInt64} = 0
)
WHERE (service, site, shape) IN
(
    SELECT event.1, event.2, event.3
    FROM
    (
        SELECT arrayJoin(arrayMap(
            i -> ({services:Array(String)}[i], {sites:Array(String)}[i], {shapes:Array(UInt64)}[i]),
            arrayEnumerate({services:Array(String)})
        )) AS event
    )
)
GROUP BY service, site, shape
ORDER BY service, site, shape
