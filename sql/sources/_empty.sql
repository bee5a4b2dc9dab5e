{% if column.empty == "text" %}''
{%- elif column.empty == "map" %}CAST(map(), 'Map(String, String)')
{%- elif column.empty == "maps" %}CAST([], 'Array(Map(String, String))')
{%- elif column.empty == "texts" %}CAST([], 'Array(String)')
{%- elif column.empty == "times" %}CAST([], 'Array(DateTime64(9))')
{%- else %}0
{%- endif %}
