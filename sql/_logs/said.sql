concat(
                -- what a line says: its severity, the attributes that tell how it ended, and its message
                '\x1e', {% include "_logs/level.sql" %}, '\x1f',
                {%+ include "_logs/attributes_said.sql" %},
                '\x1f', {{ logs.body | ident }})
