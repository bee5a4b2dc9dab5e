{% for key in layout.keys %}
{% set low = to if key.is_falling else from %}
{% set high = from if key.is_falling else to %}
{%- if low is not none %}
{{- "\n" | verbatim }}                AND {% include "sources/_key.sql" %} >=
{%- set time = low %} {% include "sources/_key_of.sql" %}
{%- if key.behind %} - {{ key.behind }}{% endif %}
{%- endif %}
{%- if high is not none %}
{{- "\n" | verbatim }}                AND {% include "sources/_key.sql" %} <=
{%- set time = high %} {% include "sources/_key_of.sql" %}
{%- endif %}
{%- endfor %}
