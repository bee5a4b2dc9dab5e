-- Purpose: what fails, for a user who may only read logs: plain SQL over the log table. A pattern is the message with
--   every token that holds a digit masked.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   limit UInt32  the number of groups to return
--   services Array(String)  the services in scope
-- Columns:
--   service String  the service that logged it
--   route String  the route or method that was served; empty where nobody says
--   status String  the status that was answered; empty where nobody says
--   pattern_id UInt64  the message's pattern
--   pattern String  its template
--   sample String  one of its messages
--   lines UInt64  error lines in the group
--   traced UInt64  those that name a trace
--   traces UInt64  how many traces they name
--   trace_ids Array(String)  some of them
--   first_seen Int64  the first line, in nanoseconds since 1970
--   last_seen Int64  the last line
--   service_lines UInt64  error lines of the service in all groups
--   total_lines UInt64  error lines in all groups
--   total_traced UInt64  those that name a trace
--   total_groups UInt64  how many groups there are
--   further_first_seen Int64  the first line of all groups after this one
--   further_last_seen Int64  the last line of all groups after this one
-- Reads: otel_logs
WITH
    -- error lines, and the trace that each names: in its column, in an attribute, or in the message (error_groups/rules
    -- shows how); an id of zeros names none
    lines AS
    (
        SELECT
            `ServiceName`::String AS service,
            `Body` AS body,
            toUnixTimestamp64Nano(toDateTime64(`Timestamp`, 9, 'UTC')) AS time,
            mapConcat(`ResourceAttributes`, `LogAttributes`) AS attributes,
            coalesce(
                nullIf(attributes['http.route'], ''),
                nullIf(attributes['url.template'], ''),
                nullIf(attributes['rpc.method'], ''),
                nullIf(attributes['route'], ''),
                '') AS own_route,
            coalesce(
                nullIf(attributes['http.response.status_code'], ''),
                nullIf(attributes['http.status_code'], ''),
                nullIf(attributes['rpc.grpc.status_code'], ''),
                nullIf(attributes['status_code'], ''),
                '') AS own_status,
            coalesce(
                nullIf(`TraceId`, ''),
                nullIf(attributes['trace_id'], ''),
                nullIf(attributes['traceId'], ''),
                nullIf(attributes['trace.id'], ''),
                nullIf(attributes['TraceId'], ''),
                nullIf(attributes['traceID'], ''),
                nullIf(attributes['X-B3-TraceId'], ''),
                nullIf(attributes['x-b3-traceid'], ''),
                nullIf(extract(attributes['traceparent'], '-([0-9a-f]{32})-'), ''),
                nullIf(extract(attributes['b3'], '^([0-9a-f]{16,32})-'), ''),
                nullIf(extract(attributes['X-Amzn-Trace-Id'], '1-[0-9a-f]{8}-[0-9a-f]{24}'), ''),
                nullIf(extract(attributes['x-amzn-trace-id'], '1-[0-9a-f]{8}-[0-9a-f]{24}'), ''),
                nullIf(extract(body, '\\b[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}\\b'), ''),
                nullIf(extract(body, '(?i)\\btrace[-_. ]?(?:id)?["\'\\]]*[\\s:=]+["\'\\[]*([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{16})\\b'), ''),
                nullIf(extract(body, '\\b1-([0-9a-f]{8}-[0-9a-f]{24})\\b'), ''),
                nullIf(extract(body, '(?i)\\bb3["\']*\\s*[:=]\\s*["\']*([0-9a-f]{32}|[0-9a-f]{16})-[0-9a-f]{16}\\b'), ''),
                nullIf(extract(body, '\\b([0-9a-f]{32})\\b'), ''),
                '') AS named_trace,
            replaceRegexpOne(
                replaceAll(replaceRegexpOne(lower(named_trace), '^1-', ''), '-', ''), '^0+$', '') AS trace_id
        FROM `otel_logs` AS stored
        WHERE `Timestamp` >= {from:DateTime64(9, 'UTC')}
          AND `Timestamp` < {to:DateTime64(9, 'UTC')}
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes({from:DateTime64(9, 'UTC')})
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes({to:DateTime64(9, 'UTC')})
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
          AND stored.`ServiceName` IN {services:Array(String)}
    ),

    -- each line with its group
    placed AS
    (
        SELECT
            service,
            own_route AS route,
            own_status AS status,
            replaceRegexpAll(body, '[^ \\t\\r\\n]*[0-9][^ \\t\\r\\n]*', '<*>') AS mask,
            sipHash64(mask) AS pattern_id,
            trace_id,
            body,
            time
        FROM lines
    ),

    grouped AS
    (
        SELECT
            service,
            route,
            status,
            pattern_id,
            any(mask) AS mask,
            count() AS lines,
            countIf(trace_id != '') AS traced,
            uniqExactIf(trace_id, trace_id != '') AS traces,
            arraySort(groupUniqArrayIf(10)(trace_id, trace_id != '')) AS trace_ids,
            min(body) AS sample,
            min(time) AS first_seen,
            max(time) AS last_seen
        FROM placed
        GROUP BY service, route, status, pattern_id
    )

SELECT
    toValidUTF8(service) AS service,
    toValidUTF8(route) AS route,
    toValidUTF8(status) AS status,
    pattern_id,
    toValidUTF8(mask) AS pattern,
    substringUTF8(toValidUTF8(sample), 1, 2048) AS sample,
    lines,
    traced,
    traces,
    arrayMap(id -> toValidUTF8(id), trace_ids) AS trace_ids,
    first_seen::Int64 AS first_seen,
    last_seen::Int64 AS last_seen,
    sum(lines) OVER (PARTITION BY service) AS service_lines,
    sum(lines) OVER () AS total_lines,
    sum(traced) OVER () AS total_traced,
    count() OVER () AS total_groups,
    (min(first_seen) OVER further)::Int64 AS further_first_seen,
    (max(last_seen) OVER further)::Int64 AS further_last_seen
FROM grouped
WINDOW further AS (ORDER BY lines DESC, service, route, status, pattern_id ROWS BETWEEN 1 FOLLOWING
    AND UNBOUNDED FOLLOWING)
ORDER BY lines DESC, service, route, status, pattern_id
LIMIT {limit:UInt32}
