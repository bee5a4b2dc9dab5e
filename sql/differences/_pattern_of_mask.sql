sipHash64(replaceRegexpAll({{ logs.body | ident }}, '[^ \\t\\r\\n]*[0-9][^ \\t\\r\\n]*', '<*>'))
