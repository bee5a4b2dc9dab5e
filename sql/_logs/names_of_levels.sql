{#
The names of severities, by the ranges of OpenTelemetry's numbers, and such a number as a text. `kulprit ingest` and
`kulprit_shape` go by the same list, `udf/patterns/src/level.rs`: tests/it/levels.rs holds both together.
#}
{% set ranges = [
    ["TRACE", ["T", "V", "TRACE", "TRCE", "TRC", "FINEST", "SILLY", "FINER", "VERBOSE", "VRB"]],
    ["DEBUG", ["D", "FINE", "DEBUG", "DBUG", "DBG", "DEBU", "CONFIG"]],
    ["INFO", ["I", "N", "INFO", "INF", "INFORMATION", "INFORMATIONAL"]],
    ["INFO", ["LOG", "SYSTEM", "AUDIT", "NOTE", "NOTICE", "9", "10", "11", "12"]],
    ["WARN", ["W", "WARN", "WRN", "WARNING", "13", "14", "15", "16"]],
    ["ERROR", ["E", "C", "ERR", "EROR", "ERRO", "ERROR", "FAIL", "SEVERE"]],
    ["ERROR", ["CRIT", "CRITICAL", "DPANIC", "ALERT", "17", "18", "19", "20"]],
    ["FATAL", ["F", "EMERG", "EMERGENCY", "FTL", "FATAL", "PANIC", "21", "22", "23", "24"]],
] %}
{# Names as messages have them: those that are words of prose as well count in a level's own place only. #}
{% set plain = "trce|trc|finest|finer|verbose|vrb|debug|dbug|dbg|debu|info|inf|information|informational|notice|warn"
    ~ "|wrn|warning|err|eror|erro|error|severe|crit|critical|dpanic|emerg|emergency|ftl|fatal|panic" %}
{% set all = plain ~ "|trace|silly|fine|log|system|audit|note|fail|alert" %}
{% set errors = "(?i)(?:^|[^a-z])(?:err|eror|erro|error|fail|severe|crit|critical|dpanic|alert|emerg|emergency|ftl"
    ~ "|fatal|panic)(?:[^a-z]|$)" %}
{% set capitals = "TRACE|FINE|CONFIG|TRCE|TRC|FINEST|FINER|VERBOSE|VRB|DEBUG|DBUG|DBG|DEBU|INFO|INF|INFORMATION"
    ~ "|INFORMATIONAL|NOTICE|WARN|WRN|WARNING|ERR|EROR|ERRO|ERROR|SEVERE|CRIT|CRITICAL|DPANIC|EMERG|EMERGENCY|FTL|FATAL"
    ~ "|PANIC" %}
{#
The regular expressions by which a severity is recognised in a message: what each is for, a text in which it must find
something, what it must find there, and a text in which it must find nothing.
#}
{% set message_rules = [
    {
        "rule": "a severity in a message, in capitals",
        "pattern": '(?:^|[\\s\\[(<|{=,;/":#])(?:' ~ capitals ~ '|FAIL:|LOG:)(?:[\\s\\])>|},:;/\\["!]|$)'
            ~ '|[.](?:' ~ capitals ~ '|FAIL|ALERT):',
        "text": '[main] ERROR no stock left',
        "found": ' ERROR ',
        "other": 'all ERRORS_TOTAL of the day',
    },
    {
        "rule": "a severity in a message, in brackets",
        "pattern": '(?i)[\\[(<{|*]\\s*(?:' ~ all ~ ')(?:\\s*[\\])>}|*]|[:,])|:(?:' ~ all ~ ')[\\])>}|]|"(?:'
            ~ plain ~ ')",|-\\s+(?:' ~ plain ~ ')\\s+-',
        "text": '[core:error] no stock left',
        "found": ':error]',
        "other": '[config] an error of the disk',
    },
    {
        "rule": "a severity in a message, behind a key",
        "pattern": '(?i)(?:\\b(?:(?:log[_.]?)?level(?:name)?|lvl|severity(?:_text)?|at)='
            ~ '|\\b(?:(?:log[_.]?)?level|lvl|severity):'
            ~ '|"(?:(?:log[_.]?)?level(?:name)?|lvl|severity(?:_text)?|@l)"\\s*:\\s*)["\'\\[]*(?:' ~ all ~ ')\\b',
        "text": 'component=error level=info msg="no stock left"',
        "found": 'level=info',
        "other": 'component=error state=error msg="level of errors"',
    },
    {
        "rule": "a severity in a message, before all else",
        "pattern": '^\\s*(?:(?i:' ~ plain ~ '|fail|trace)\\s?:|(?:info|warn|warning|error|err|debug|fatal|crit)\\s'
            ~ '|(?:Info|Warning|Error|Debug|Fatal)\\s)|^(?:\\[[^\\]]*\\]|[^A-Za-z\\[]|\\b[AP]M\\b)*'
            ~ '(?:FAIL|ALERT|LOG|SYSTEM|AUDIT|NOTE|SILLY):?(?:\\s|$)',
        "text": 'error: no stock left',
        "found": 'error:',
        "other": 'errors: 0',
    },
] %}
{% set crash_rules = [
    {
        "rule": "a crash, or the class of an exception",
        "pattern": '^(?:panic: |fatal error: |Traceback |Exception in thread |Unhandled [Ee]xception|Uncaught |'
            ~ "terminate called |Segmentation fault|thread '[^']*' .*panicked at |"
            ~ '[A-Za-z][\\w.$]*(?:Error|Throwable)(?::\\s|$))|[A-Za-z]Exception\\b',
        "text": 'Traceback (most recent call last):',
        "found": 'Traceback ',
        "other": 'no panic: all is well',
    },
] %}
