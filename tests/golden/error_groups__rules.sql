-- Purpose: the regular expressions by which error lines and the traces that they name are recognised, each with a text
--   in
--   which it must find something and a text in which it must find nothing. Reads no table: run it after a change.
-- Columns:
--   rule String  what the expression is for
--   pattern String  the expression
--   text String  a text in which it must find something
--   expected String  what it must find
--   found String  what it finds there
--   other String  a text in which it must find nothing
--   found_in_other String  what it finds there
-- Reads:
SELECT rule, pattern, text, expected, found, other, found_in_other
FROM
(
    SELECT
        'a severity in a message, in capitals' AS rule,
        '(?:^|[\\s\\[(<|{=,;/":#])(?:TRACE|FINE|CONFIG|TRCE|TRC|FINEST|FINER|VERBOSE|VRB|DEBUG|DBUG|DBG|DEBU|INFO|INF|INFORMATION|INFORMATIONAL|NOTICE|WARN|WRN|WARNING|ERR|EROR|ERRO|ERROR|SEVERE|CRIT|CRITICAL|DPANIC|EMERG|EMERGENCY|FTL|FATAL|PANIC|FAIL:|LOG:)(?:[\\s\\])>|},:;/\\["!]|$)|[.](?:TRACE|FINE|CONFIG|TRCE|TRC|FINEST|FINER|VERBOSE|VRB|DEBUG|DBUG|DBG|DEBU|INFO|INF|INFORMATION|INFORMATIONAL|NOTICE|WARN|WRN|WARNING|ERR|EROR|ERRO|ERROR|SEVERE|CRIT|CRITICAL|DPANIC|EMERG|EMERGENCY|FTL|FATAL|PANIC|FAIL|ALERT):' AS pattern,
        '[main] ERROR no stock left' AS text,
        ' ERROR ' AS expected,
        extract(text, '(?:^|[\\s\\[(<|{=,;/":#])(?:TRACE|FINE|CONFIG|TRCE|TRC|FINEST|FINER|VERBOSE|VRB|DEBUG|DBUG|DBG|DEBU|INFO|INF|INFORMATION|INFORMATIONAL|NOTICE|WARN|WRN|WARNING|ERR|EROR|ERRO|ERROR|SEVERE|CRIT|CRITICAL|DPANIC|EMERG|EMERGENCY|FTL|FATAL|PANIC|FAIL:|LOG:)(?:[\\s\\])>|},:;/\\["!]|$)|[.](?:TRACE|FINE|CONFIG|TRCE|TRC|FINEST|FINER|VERBOSE|VRB|DEBUG|DBUG|DBG|DEBU|INFO|INF|INFORMATION|INFORMATIONAL|NOTICE|WARN|WRN|WARNING|ERR|EROR|ERRO|ERROR|SEVERE|CRIT|CRITICAL|DPANIC|EMERG|EMERGENCY|FTL|FATAL|PANIC|FAIL|ALERT):') AS found,
        'all ERRORS_TOTAL of the day' AS other,
        extract(other, '(?:^|[\\s\\[(<|{=,;/":#])(?:TRACE|FINE|CONFIG|TRCE|TRC|FINEST|FINER|VERBOSE|VRB|DEBUG|DBUG|DBG|DEBU|INFO|INF|INFORMATION|INFORMATIONAL|NOTICE|WARN|WRN|WARNING|ERR|EROR|ERRO|ERROR|SEVERE|CRIT|CRITICAL|DPANIC|EMERG|EMERGENCY|FTL|FATAL|PANIC|FAIL:|LOG:)(?:[\\s\\])>|},:;/\\["!]|$)|[.](?:TRACE|FINE|CONFIG|TRCE|TRC|FINEST|FINER|VERBOSE|VRB|DEBUG|DBUG|DBG|DEBU|INFO|INF|INFORMATION|INFORMATIONAL|NOTICE|WARN|WRN|WARNING|ERR|EROR|ERRO|ERROR|SEVERE|CRIT|CRITICAL|DPANIC|EMERG|EMERGENCY|FTL|FATAL|PANIC|FAIL|ALERT):') AS found_in_other
    UNION ALL
    SELECT
        'a severity in a message, in brackets' AS rule,
        '(?i)[\\[(<{|*]\\s*(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic|trace|silly|fine|log|system|audit|note|fail|alert)(?:\\s*[\\])>}|*]|[:,])|:(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic|trace|silly|fine|log|system|audit|note|fail|alert)[\\])>}|]|"(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic)",|-\\s+(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic)\\s+-' AS pattern,
        '[core:error] no stock left' AS text,
        ':error]' AS expected,
        extract(text, '(?i)[\\[(<{|*]\\s*(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic|trace|silly|fine|log|system|audit|note|fail|alert)(?:\\s*[\\])>}|*]|[:,])|:(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic|trace|silly|fine|log|system|audit|note|fail|alert)[\\])>}|]|"(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic)",|-\\s+(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic)\\s+-') AS found,
        '[config] an error of the disk' AS other,
        extract(other, '(?i)[\\[(<{|*]\\s*(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic|trace|silly|fine|log|system|audit|note|fail|alert)(?:\\s*[\\])>}|*]|[:,])|:(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic|trace|silly|fine|log|system|audit|note|fail|alert)[\\])>}|]|"(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic)",|-\\s+(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic)\\s+-') AS found_in_other
    UNION ALL
    SELECT
        'a severity in a message, behind a key' AS rule,
        '(?i)(?:\\b(?:(?:log[_.]?)?level(?:name)?|lvl|severity(?:_text)?|at)=|\\b(?:(?:log[_.]?)?level|lvl|severity):|"(?:(?:log[_.]?)?level(?:name)?|lvl|severity(?:_text)?|@l)"\\s*:\\s*)["\'\\[]*(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic|trace|silly|fine|log|system|audit|note|fail|alert)\\b' AS pattern,
        'component=error level=info msg="no stock left"' AS text,
        'level=info' AS expected,
        extract(text, '(?i)(?:\\b(?:(?:log[_.]?)?level(?:name)?|lvl|severity(?:_text)?|at)=|\\b(?:(?:log[_.]?)?level|lvl|severity):|"(?:(?:log[_.]?)?level(?:name)?|lvl|severity(?:_text)?|@l)"\\s*:\\s*)["\'\\[]*(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic|trace|silly|fine|log|system|audit|note|fail|alert)\\b') AS found,
        'component=error state=error msg="level of errors"' AS other,
        extract(other, '(?i)(?:\\b(?:(?:log[_.]?)?level(?:name)?|lvl|severity(?:_text)?|at)=|\\b(?:(?:log[_.]?)?level|lvl|severity):|"(?:(?:log[_.]?)?level(?:name)?|lvl|severity(?:_text)?|@l)"\\s*:\\s*)["\'\\[]*(?:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic|trace|silly|fine|log|system|audit|note|fail|alert)\\b') AS found_in_other
    UNION ALL
    SELECT
        'a severity in a message, before all else' AS rule,
        '^\\s*(?:(?i:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic|fail|trace)\\s?:|(?:info|warn|warning|error|err|debug|fatal|crit)\\s|(?:Info|Warning|Error|Debug|Fatal)\\s)|^(?:\\[[^\\]]*\\]|[^A-Za-z\\[]|\\b[AP]M\\b)*(?:FAIL|ALERT|LOG|SYSTEM|AUDIT|NOTE|SILLY):?(?:\\s|$)' AS pattern,
        'error: no stock left' AS text,
        'error:' AS expected,
        extract(text, '^\\s*(?:(?i:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic|fail|trace)\\s?:|(?:info|warn|warning|error|err|debug|fatal|crit)\\s|(?:Info|Warning|Error|Debug|Fatal)\\s)|^(?:\\[[^\\]]*\\]|[^A-Za-z\\[]|\\b[AP]M\\b)*(?:FAIL|ALERT|LOG|SYSTEM|AUDIT|NOTE|SILLY):?(?:\\s|$)') AS found,
        'errors: 0' AS other,
        extract(other, '^\\s*(?:(?i:trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic|fail|trace)\\s?:|(?:info|warn|warning|error|err|debug|fatal|crit)\\s|(?:Info|Warning|Error|Debug|Fatal)\\s)|^(?:\\[[^\\]]*\\]|[^A-Za-z\\[]|\\b[AP]M\\b)*(?:FAIL|ALERT|LOG|SYSTEM|AUDIT|NOTE|SILLY):?(?:\\s|$)') AS found_in_other
    UNION ALL
    SELECT
        'a crash, or the class of an exception' AS rule,
        '^(?:panic: |fatal error: |Traceback |Exception in thread |Unhandled [Ee]xception|Uncaught |terminate called |Segmentation fault|thread \'[^\']*\' .*panicked at |[A-Za-z][\\w.$]*(?:Error|Throwable)(?::\\s|$))|[A-Za-z]Exception\\b' AS pattern,
        'Traceback (most recent call last):' AS text,
        'Traceback ' AS expected,
        extract(text, '^(?:panic: |fatal error: |Traceback |Exception in thread |Unhandled [Ee]xception|Uncaught |terminate called |Segmentation fault|thread \'[^\']*\' .*panicked at |[A-Za-z][\\w.$]*(?:Error|Throwable)(?::\\s|$))|[A-Za-z]Exception\\b') AS found,
        'no panic: all is well' AS other,
        extract(other, '^(?:panic: |fatal error: |Traceback |Exception in thread |Unhandled [Ee]xception|Uncaught |terminate called |Segmentation fault|thread \'[^\']*\' .*panicked at |[A-Za-z][\\w.$]*(?:Error|Throwable)(?::\\s|$))|[A-Za-z]Exception\\b') AS found_in_other
    UNION ALL
    SELECT
        'attribute traceparent' AS rule,
        '-([0-9a-f]{32})-' AS pattern,
        '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' AS text,
        '4bf92f3577b34da6a3ce929d0e0e4736' AS expected,
        extract(text, '-([0-9a-f]{32})-') AS found,
        '00-4bf92f3577b34da6a3ce929d0e0e47-00f067aa0ba902b7-01' AS other,
        extract(other, '-([0-9a-f]{32})-') AS found_in_other
    UNION ALL
    SELECT
        'attribute b3' AS rule,
        '^([0-9a-f]{16,32})-' AS pattern,
        '80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1' AS text,
        '80f198ee56343ba864fe8b2a57d3eff7' AS expected,
        extract(text, '^([0-9a-f]{16,32})-') AS found,
        '0' AS other,
        extract(other, '^([0-9a-f]{16,32})-') AS found_in_other
    UNION ALL
    SELECT
        'attribute of X-Ray' AS rule,
        '1-[0-9a-f]{8}-[0-9a-f]{24}' AS pattern,
        'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1' AS text,
        '1-5759e988-bd862e3fe1be46a994272793' AS expected,
        extract(text, '1-[0-9a-f]{8}-[0-9a-f]{24}') AS found,
        'Root=1-5759e988;Sampled=1' AS other,
        extract(other, '1-[0-9a-f]{8}-[0-9a-f]{24}') AS found_in_other
    UNION ALL
    SELECT
        'traceparent in a message' AS rule,
        '\\b[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}\\b' AS pattern,
        'refused 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' AS text,
        '4bf92f3577b34da6a3ce929d0e0e4736' AS expected,
        extract(text, '\\b[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}\\b') AS found,
        'refused 4bf92f3577b34da6a3ce929d0e0e4736' AS other,
        extract(other, '\\b[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}\\b') AS found_in_other
    UNION ALL
    SELECT
        'named trace id in a message' AS rule,
        '(?i)\\btrace[-_. ]?(?:id)?["\'\\]]*[\\s:=]+["\'\\[]*([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{16})\\b' AS pattern,
        '{"message":"refused","trace_id":"00f067aa0ba902b7"}' AS text,
        '00f067aa0ba902b7' AS expected,
        extract(text, '(?i)\\btrace[-_. ]?(?:id)?["\'\\]]*[\\s:=]+["\'\\[]*([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{16})\\b') AS found,
        '{"message":"refused","span_id":"00f067aa0ba902b7"}' AS other,
        extract(other, '(?i)\\btrace[-_. ]?(?:id)?["\'\\]]*[\\s:=]+["\'\\[]*([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{16})\\b') AS found_in_other
    UNION ALL
    SELECT
        'X-Ray id in a message' AS rule,
        '\\b1-([0-9a-f]{8}-[0-9a-f]{24})\\b' AS pattern,
        'refused (1-5759e988-bd862e3fe1be46a994272793)' AS text,
        '5759e988-bd862e3fe1be46a994272793' AS expected,
        extract(text, '\\b1-([0-9a-f]{8}-[0-9a-f]{24})\\b') AS found,
        'refused (1-5759e988)' AS other,
        extract(other, '\\b1-([0-9a-f]{8}-[0-9a-f]{24})\\b') AS found_in_other
    UNION ALL
    SELECT
        'B3 header in a message' AS rule,
        '(?i)\\bb3["\']*\\s*[:=]\\s*["\']*([0-9a-f]{32}|[0-9a-f]{16})-[0-9a-f]{16}\\b' AS pattern,
        'refused, b3: a3ce929d0e0e4736-00f067aa0ba902b7-1' AS text,
        'a3ce929d0e0e4736' AS expected,
        extract(text, '(?i)\\bb3["\']*\\s*[:=]\\s*["\']*([0-9a-f]{32}|[0-9a-f]{16})-[0-9a-f]{16}\\b') AS found,
        'refused, b4: a3ce929d0e0e4736-00f067aa0ba902b7-1' AS other,
        extract(other, '(?i)\\bb3["\']*\\s*[:=]\\s*["\']*([0-9a-f]{32}|[0-9a-f]{16})-[0-9a-f]{16}\\b') AS found_in_other
    UNION ALL
    SELECT
        '32 hexadecimal digits in a message' AS rule,
        '\\b([0-9a-f]{32})\\b' AS pattern,
        'refused 4bf92f3577b34da6a3ce929d0e0e4736' AS text,
        '4bf92f3577b34da6a3ce929d0e0e4736' AS expected,
        extract(text, '\\b([0-9a-f]{32})\\b') AS found,
        'refused 4bf92f3577b34da6a3ce929d0e0e47360' AS other,
        extract(other, '\\b([0-9a-f]{32})\\b') AS found_in_other
)
ORDER BY rule
