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
{%- if parts | length > 1 %}){% endif %} AS {{ column.name | column }}{% if of_parts or not loop.last %},{% endif +%}
{% endfor %}
{% if of_parts %}
        stored._part::String AS part
{% endif %}
    FROM {{ layout.table | ident }} AS stored
{% if of_parts %}
    WHERE stored._part IN {parts:Array(String)}
{% endif %}
){% if layout.alias is not none %} AS {{ layout.alias | name }}{% endif %}
{%- elif of_parts %}
(SELECT *, _part::String AS part FROM {{ layout.table | ident }} WHERE _part IN {parts:Array(String)})
{%- elif layout.alias is not none %}
{{ layout.table | name }}
{%- else %}
{{ layout.table | ident }}
{%- endif %}
