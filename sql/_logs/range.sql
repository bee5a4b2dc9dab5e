{#
The range that the severity of a stored line lies in: TRACE, DEBUG, INFO, WARN, ERROR or FATAL; empty where it names
none.
#}
{% from "_logs/names_of_levels.sql" import ranges %}
transform(
                    upper(trimBoth(extract({% include "_logs/level.sql" %}, '^\\s*[0-9]+\\s*$|[A-Za-z]+'))),
                    arrayConcat(
{% for range in ranges %}
                        [{% for name in range[1] %}{{ name | literal }}{% if not loop.last %}, {% endif %}
{% endfor %}]{% if not loop.last %},{% endif +%}
{% endfor %}
                    ),
                    arrayConcat(
{% for range in ranges %}
                        arrayWithConstant({{ range[1] | length }}, {{ range[0] | literal }})
                            {%- if not loop.last %},{% endif +%}
{% endfor %}
                    ), '')
