{# The severity of a stored line: its text or, where it has none, the range of OpenTelemetry's number. #}
if({{ logs.severity | ident }} != '' OR SeverityNumber = 0, {{ logs.severity | ident }}::String,
                    ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'][intDiv(SeverityNumber - 1, 4) + 1])
