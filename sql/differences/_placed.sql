{#
Lines with the groups that they belong to. Expects `pattern_of_line`, the part that says which pattern a line has, and
`belonging`, the relation (key, is_current, group_id, …) that says which lines make up which group.
#}
        WITH
            stored.{{ logs.timestamp | ident }} AS logged,
            toUnixTimestamp64Nano(toDateTime64(logged, 9, 'UTC')) AS at
        SELECT
            stored.{{ logs.service | ident }}::String AS service,
            {%+ include pattern_of_line %} AS message,
            at,
            span,
            span.1 AS is_current,
{% if with_attributes %}
            cityHash64(stored.{{ logs.trace_id | ident }}) AS trace,
            stored.{{ logs.trace_id | ident }} != '' AS is_traced,
            {%+ include "_attributes/of_line.sql" %} AS attributes,
{% endif %}
            key
        FROM {{ source("logs") }} AS stored
        ARRAY JOIN arrayFilter(span -> at >= span.2 AND at < span.3, spans) AS span
        ARRAY JOIN [cityHash64(service, message), cityHash64(message),
            cityHash64(service, 0::UInt64), cityHash64(0::UInt64)] AS key
{% include "_logs/in_windows.sql" %}
          AND (key, is_current) IN (SELECT key, is_current FROM belonging)
