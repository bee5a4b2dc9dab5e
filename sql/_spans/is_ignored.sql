{% set selectors = requests.ignore %}
{% include "_spans/is_any_of.sql" %}
