{% if not session %}
SETTINGS enable_materialized_cte = 1
{% endif %}
