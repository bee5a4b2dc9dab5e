arrayStringConcat(
                -- what a line says, in plain SQL: its severity, its message with every token masked that holds a digit,
                -- and what tells how it ended
                arrayFilter(part -> part != '', [
                    replaceRegexpOne(
                        upper({% include "_logs/level.sql" %}), '^(INFO.*|NOTICE|LOG|[0-9]*)$', ''),
                    replaceRegexpAll({{ logs.body | ident }}, '[^ \\t\\r\\n]*[0-9][^ \\t\\r\\n]*', '<*>'),
                    extract({{ logs.body | ident }},
                        '(?i)(?:HTTP/[0-9.]+|status|code|responded|returned|errno|signal)["\'=: \\]]+([0-9]{1,3})\\b'),
                    {%+ include "_logs/attributes_said.sql" %}
                ]), ' ')
