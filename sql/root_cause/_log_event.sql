{% set position = '((?:[A-Za-z_$][A-Za-z0-9_$]*(?:[.][A-Za-z0-9_$]+)+|(?:[A-Z][a-z0-9]+){2,})[#:][0-9]{1,4})'
    ~ '(?:[^A-Za-z0-9_:.]|$)' %}
            -- Where in the code a line was written is part of what it says: `TravelServiceImpl#366` and
            -- `TravelServiceImpl#372` are two events though a mask of numbers makes them one. A source position is a
            -- dotted name (a file or a qualified class) or a CamelCase one, then # or : and a number of at most four
            -- digits (five would be a port), and nothing that goes on as an address.
            extract(substring({{ logs.body | ident }}, 1, 1024), {{ position | literal }}) AS site,
{% if divergence == "udf" %}
            kulprit_shape({%+ include "_logs/said.sql" %}) AS text_id,
{% else %}
            sipHash64({%+ include "_logs/masked.sql" %}) AS text_id,
{% endif %}
            -- empty where the line is no JSON
            concat(JSONExtractString({{ logs.body | ident }}, 'message'),
                JSONExtractString({{ logs.body | ident }}, 'msg'),
                JSONExtractString({{ logs.body | ident }}, 'log')) AS message,
            sipHash64(arraySlice(
                arrayFilter(
                    word -> length(word) > 2 AND NOT match(word, '[0-9]'),
                    splitByNonAlpha(substring(if(message = '', {{ logs.body | ident }}, message), 1, 512))),
                1, 8
            )) AS beginning,
            -- A line is two events: its beginning whatever follows (arguments that are lists give each line a text of
            -- its own), and its text (all lines may come from one position of a library). The beginning is the
            -- position, or else the first words.
            [if(site = '', beginning, 0), text_id] AS shapes
