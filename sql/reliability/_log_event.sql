            -- Where in the code a line was written is part of what it says: `TravelServiceImpl#366` and `TravelServiceImpl#372` are two
            -- events though a mask of numbers makes them one. A source position is a dotted name (a file or a qualified class) or a
            -- CamelCase one, then # or : and a number of at most four digits (five would be a port), and nothing that goes on as an address.
            extract(substring({{ logs.body | ident }}, 1, 1024), '((?:[A-Za-z_$][A-Za-z0-9_$]*(?:[.][A-Za-z0-9_$]+)+|(?:[A-Z][a-z0-9]+){2,})[#:][0-9]{1,4})(?:[^A-Za-z0-9_:.]|$)') AS site,
{% if divergence == "udf" %}
            kulprit_shape({{ logs.body | ident }}) AS text_id,
{% else %}
            sipHash64(replaceRegexpAll({{ logs.body | ident }}, '[^ \\t\\r\\n]*[0-9][^ \\t\\r\\n]*', '<*>')) AS text_id,
{% endif %}
            -- A line with a position is two events: the position whatever it says (arguments that are lists give each line a text of its
            -- own), and the position with that text (all lines may come from one position of a library).
            arrayJoin(if(site = '', [text_id], [0, text_id])) AS shape
