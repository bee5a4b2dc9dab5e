arrayStringConcat(
                -- what a line says, in plain SQL: its severity but INFO, its message with every token masked that holds
                -- a digit, and what tells how it ended
                arrayFilter(part -> part != '', [
                    replaceOne({% include "_logs/range.sql" %}, 'INFO', ''),
                    replaceRegexpAll({{ logs.body | ident }}, '[^ \\t\\r\\n]*[0-9][^ \\t\\r\\n]*', '<*>'),
                    extract({{ logs.body | ident }},
                        '(?i)(?:HTTP/[0-9.]+|status|code|responded|returned|errno|signal)["\'=: \\]]+([0-9]{1,3})\\b'),
                    {%+ include "_logs/attributes_said.sql" %}
                ]), ' ')
