sipHash64(replaceRegexpAll(stored.{{ logs.body | ident }}, '[^ \\t\\r\\n]*[0-9][^ \\t\\r\\n]*', '<*>'))
