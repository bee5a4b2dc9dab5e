    -- the rest of the tuple's columns but those that only the statement itself needs
{%- for column in changes_columns %}
{%- if column.name not in ["place", "service", "pattern_id", "shape_id", "samples"] +%}
    {%+ if divergence == "udf" %}change.{{ loop.index }} AS {% endif -%}
    {{ column.name | name }},
{%- endif %}
{%- endfor +%}
    left_out
