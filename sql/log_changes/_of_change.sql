{% if divergence == "udf" %}
{% for column in changes_columns %}{% if column.name == wanted %}change.{{ loop.index }}{% endif %}{% endfor %}
{% else %}
{{ wanted | name }}
{%- endif %}
