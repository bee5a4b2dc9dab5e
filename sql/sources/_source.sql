{% if layout.made %}
(
    SELECT
{% for column in layout.made %}
{% set parts = column.parts %}
        {% if not parts %}{% include "sources/_empty.sql" %}{% elif parts | length > 1 %}mapConcat({% endif %}
{%- for part in parts %}
{%- if not loop.first %}, {% endif %}
{%- set how = part.how %}
{%- set source = part.source %}
{%- include "sources/_part.sql" %}
{%- endfor %}
{%- if parts | length > 1 %}){% endif %} AS {{ column.name | column }}{% if not loop.last %},{% endif +%}
{% endfor %}
    FROM {{ layout.table | ident }} AS stored
){% if layout.alias is not none %} AS {{ layout.alias | name }}{% endif %}
{%- elif layout.alias is not none %}
{{ layout.table | name }}
{%- else %}
{{ layout.table | ident }}
{%- endif %}
