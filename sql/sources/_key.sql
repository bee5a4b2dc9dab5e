{% for around in key.around | reverse %}{{ around.before | verbatim }}{% endfor %}
{{- key.name | column }}
{%- for around in key.around %}{{ around.after | verbatim }}{% endfor %}
