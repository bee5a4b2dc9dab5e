{% for key in layout.keys if key.of_minutes is not none %}
{{- "\n" | verbatim }}                AND {{ key.of_minutes.before | verbatim }}{% include "sources/_key.sql" %}
{{- key.of_minutes.after | verbatim }} IN (SELECT {{ key.of_minutes.before | verbatim -}}
{%- set time = "minute" %}{% include "sources/_key_of.sql" %}
{{- key.of_minutes.after | verbatim }} FROM {{ minutes | verbatim }})
{%- endfor %}
