-- Columns:
{%- for column in changes_columns if column.name not in ["shape_id", "samples"] +%}
{{ (column.name ~ " " ~ column.kind ~ "  " ~ column.meaning) | comment }}
{%- if column.name == "pattern_id" +%}
--   pattern String  The pattern's masked text.
--   representative_logs Array(String)  One or two of its messages.
{%- endif %}
{%- endfor %}
