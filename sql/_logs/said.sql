concat(
                -- what a line says: its severity, the attributes that tell how it ended, and its message
                '\x1e', {{ logs.severity | ident }}::String, '\x1f',
                {%+ include "_logs/attributes_said.sql" %},
                '\x1f', {{ logs.body | ident }})
