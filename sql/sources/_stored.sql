stored.{{ source.column | column }}{% if source.key is not none %}[{{ source.key | literal }}]{% endif %}
