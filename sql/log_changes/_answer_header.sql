-- Columns:
{%- for column in changes_columns if column.name not in ["shape_id", "samples"] +%}
{{ (column.name ~ " " ~ column.kind ~ "  " ~ column.meaning) | comment }}
{%- if column.name == "pattern_id" +%}
--   pattern String  The pattern's masked text.
--   representative_logs Array(String)  One or two of its messages.
--   name String  What the catalog or its keepers call it; empty where it has no name.
{%- endif %}
{%- endfor +%}
--   left_out Array(UInt64)  How many ignored patterns have lines in the current window, and these lines.
