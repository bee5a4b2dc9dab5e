(
    -- Whether the requests that a point counts are named by one of `selectors`; routes alone are looked for at once.
{% set routes = selectors | routes_alone %}
{% if routes %}
    {%+ include "_metrics/asks_for.sql" %} OR
{% endif %}
{% for selector in selectors | not_routes_alone %}
    {%+ include "_metrics/is_selected.sql" %} OR
{% endfor %}
    false
)
