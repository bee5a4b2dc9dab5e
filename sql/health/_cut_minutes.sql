(
    -- the spans of minutes of which a window holds a part only, and with `lookback` those shortly before them
{% for start, end in [("current_from", "current_to"), ("baseline_from", "baseline_to")] %}
    {% if not loop.first %}OR {% endif %}
(Timestamp >= {{ start | name }}{% if lookback %} - {% include "_spans/lookback.sql" %}{% endif +%}
        AND Timestamp < least({{ end | name }},
            toStartOfMinute({{ start | name }} + toIntervalNanosecond(59999999999))))
    OR (Timestamp >= greatest({{ start | name }}, toStartOfMinute({{ end | name }})){% if lookback %} - {%
        include "_spans/lookback.sql" %}{% endif %} AND Timestamp < {{ end | name }})
{% endfor %}
)
