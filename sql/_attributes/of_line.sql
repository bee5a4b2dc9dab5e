{#
The attributes of a log line as Array(Tuple(source, key, value)): resource attributes, log attributes, and the columns
that say something of the same kind. This is the one place that knows how they are stored.
#}
arrayConcat(
    arrayMap(pair -> ('resource', pair.1, pair.2),
        stored.{{ logs.resource_attributes | ident }}::Array(Tuple(String, String))),
    arrayMap(pair -> ('log', pair.1, pair.2), stored.{{ logs.log_attributes | ident }}::Array(Tuple(String, String))),
    [
        ('column', 'service', stored.{{ logs.service | ident }}::String),
        ('column', 'level', {% include "_logs/level.sql" %})
    ])
