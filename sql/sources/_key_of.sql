{% for around in key.around | reverse %}{{ around.before | verbatim }}{% endfor %}
{%- for around in key.of_time | reverse %}{{ around.before | verbatim }}{% endfor %}
{{- time | verbatim }}
{%- for around in key.of_time %}{{ around.after | verbatim }}{% endfor %}
{%- for around in key.around %}{{ around.after | verbatim }}{% endfor %}
