-- Purpose: of lines at ERROR or worse in some minutes, each pattern with its lines and whether the catalog knows it
--   from before the window; and of services as a whole, as pattern 0, whether it knows any message from before. Asked
--   only where an answer has patterns that are too rare to be tested, or services without a past.
-- Params:
--   current_from DateTime64(9, 'UTC')  start of the current window, inclusive
--   current_to DateTime64(9, 'UTC')  end of the current window, exclusive
--   services Array(String)  the services
--   minutes Array(UInt64)  the minutes in which such patterns have lines, as seconds since 1970
-- Columns:
--   service String  the service
--   pattern_id UInt64  the pattern; 0 stands for the service
--   lines UInt64  its lines at ERROR or worse in those minutes
--   is_known UInt8  1 where the catalog knows it from before the window
-- Reads: otel_logs, kulprit_shapes, kulprit_pattern_of_shape
-- Calls: kulprit_shape
WITH
    {current_from:DateTime64(9, 'UTC')} AS current_from,
    {current_to:DateTime64(9, 'UTC')} AS current_to,

    minutes AS (SELECT toDateTime(arrayJoin({minutes:Array(UInt64)}), 'UTC') AS minute),

    known AS
    (
        SELECT
            service::String AS service,
            dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', shape_id, shape_id) AS pattern_id
        FROM kulprit_shapes
        WHERE service IN {services:Array(String)} AND first_seen < current_from
    ),

    -- a line without a level is as grave as its message says
    grave AS
    (
        WITH
            `Timestamp` AS logged,
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
                '\x1f', `Body`)) AS shape_id
        SELECT
            `ServiceName`::String AS service,
            dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', shape_id, shape_id) AS pattern_id
        FROM `otel_logs` AS stored
        WHERE logged >= current_from AND logged < current_to
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes(current_from)
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes(current_to)
          AND toStartOfMinute(toDateTime(logged, 'UTC')) IN (SELECT minute FROM minutes)
                AND toStartOfFiveMinutes(`Timestamp`) IN (SELECT toStartOfFiveMinutes(minute) FROM minutes)
          AND stored.`ServiceName` IN {services:Array(String)}
          AND if(if(`SeverityText` != '' OR SeverityNumber = 0, `SeverityText`::String,
                    ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'][intDiv(SeverityNumber - 1, 4) + 1]) != '',
              transform(
                    upper(trimBoth(extract(if(`SeverityText` != '' OR SeverityNumber = 0, `SeverityText`::String,
                    ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'][intDiv(SeverityNumber - 1, 4) + 1]), '^\\s*[0-9]+\\s*$|[A-Za-z]+'))),
                    arrayConcat(
                        ['T', 'V', 'TRACE', 'TRCE', 'TRC', 'FINEST', 'SILLY', 'FINER', 'VERBOSE', 'VRB'],
                        ['D', 'FINE', 'DEBUG', 'DBUG', 'DBG', 'DEBU', 'CONFIG'],
                        ['I', 'N', 'INFO', 'INF', 'INFORMATION', 'INFORMATIONAL'],
                        ['LOG', 'SYSTEM', 'AUDIT', 'NOTE', 'NOTICE', '9', '10', '11', '12'],
                        ['W', 'WARN', 'WRN', 'WARNING', '13', '14', '15', '16'],
                        ['E', 'C', 'ERR', 'EROR', 'ERRO', 'ERROR', 'FAIL', 'SEVERE'],
                        ['CRIT', 'CRITICAL', 'DPANIC', 'ALERT', '17', '18', '19', '20'],
                        ['F', 'EMERG', 'EMERGENCY', 'FTL', 'FATAL', 'PANIC', '21', '22', '23', '24']
                    ),
                    arrayConcat(
                        arrayWithConstant(10, 'TRACE'),
                        arrayWithConstant(7, 'DEBUG'),
                        arrayWithConstant(6, 'INFO'),
                        arrayWithConstant(9, 'INFO'),
                        arrayWithConstant(8, 'WARN'),
                        arrayWithConstant(8, 'ERROR'),
                        arrayWithConstant(8, 'ERROR'),
                        arrayWithConstant(10, 'FATAL')
                    ), '') IN ('ERROR', 'FATAL'),
              arrayExists(
                  head -> arrayExists(
                      named -> if(named = '',
                          match(head, '^(?:panic: |fatal error: |Traceback |Exception in thread |Unhandled [Ee]xception|Uncaught |terminate called |Segmentation fault|thread \'[^\']*\' .*panicked at |[A-Za-z][\\w.$]*(?:Error|Throwable)(?::\\s|$))|[A-Za-z]Exception\\b'),
                          match(named, '(?i)(?:^|[^a-z])(?:err|eror|erro|error|fail|severe|crit|critical|dpanic|alert|emerg|emergency|ftl|fatal|panic)(?:[^a-z]|$)')),
                      [extract(head, concat('(?:',
                          '(?:^|[\\s\\[(<|{=,;/":#])(?:TRACE|FINE|CONFIG|TRCE|TRC|FINEST|FINER|VERBOSE|VRB|DEBUG|DBUG|DBG|DEBU|INFO|INF|INFORMATION|INFORMATIONAL|NOTICE|WARN|WRN|WARNING|ERR|EROR|ERRO|ERROR|SEVERE|CRIT|CRITICAL|DPANIC|EMERG|EMERGENCY|FTL|FATAL|PANIC|FAIL:|LOG:)(?:[\\s\\])>|},:;/\\["!]|$)|[.](?:TRACE|FINE|CONFIG|TRCE|TRC|FINEST|FINER|VERBOSE|VRB|DEBUG|DBUG|DBG|DEBU|INFO|INF|INFORMATION|INFORMATIONAL|NOTICE|WARN|WRN|WARNING|ERR|EROR|ERRO|ERROR|SEVERE|CRIT|CRITICAL|DPANIC|EMERG|EMERGENCY|FTL|FATAL|PANIC|FAIL|ALERT):', ')|(?:',
                          '(?i)[\\[(<{|*]\\s*(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic|trace|silly|fine|log|system|audit|note|fail|alert)(?:\\s*[\\])>}|*]|[:,])|:(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic|trace|silly|fine|log|system|audit|note|fail|alert)[\\])>}|]|"(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic)",|-\\s+(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic)\\s+-', ')|(?:',
                          '(?i)(?:\\b(?:(?:log[_.]?)?level(?:name)?|lvl|severity(?:_text)?|at)=|\\b(?:(?:log[_.]?)?level|lvl|severity):|"(?:(?:log[_.]?)?level(?:name)?|lvl|severity(?:_text)?|@l)"\\s*:\\s*)["\'\\[]*(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic|trace|silly|fine|log|system|audit|note|fail|alert)\\b', ')|(?:',
                          '^\\s*(?:(?i:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic|fail|trace)\\s?:|(?:info|warn|warning|error|err|debug|fatal|crit)\\s|(?:Info|Warning|Error|Debug|Fatal)\\s)|^(?:\\[[^\\]]*\\]|[^A-Za-z\\[]|\\b[AP]M\\b)*(?:FAIL|ALERT|LOG|SYSTEM|AUDIT|NOTE|SILLY):?(?:\\s|$)',
                          ')'))]),
                  [substringIndex(substring(`Body`, 1, 256), '\n', 1)]))
    )

SELECT service, pattern_id, count() AS lines,
    ((service, pattern_id) IN (SELECT service, pattern_id FROM known)) AS is_known
FROM grave
GROUP BY service, pattern_id
UNION ALL
SELECT DISTINCT service, toUInt64(0), toUInt64(0), toUInt8(1)
FROM known
