(
    -- Whether a span is named by one of `selectors`; those of routes alone are looked for at once.
{% set routes = selectors | routes_alone %}
{% if routes %}
    {%+ include "_spans/asks_for.sql" %} OR
{% endif %}
{% for selector in selectors | not_routes_alone %}
    {%+ include "_spans/is_selected.sql" %} OR
{% endfor %}
    false
)
