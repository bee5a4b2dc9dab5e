-- Purpose: the log lines that a question is about: of which trace each is, and which events it shows. Kept for one
--   question in a session's table, `question_lines`.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the history before the window
--   one_in UInt64  how many traces of the history there are for each that is read; 1 reads all
--   current_one_in UInt64  the same for the window; a divisor of one_in
-- Columns:
-- Reads: otel_logs
-- Calls: kulprit_shape
CREATE OR REPLACE TEMPORARY TABLE question_lines AS
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
