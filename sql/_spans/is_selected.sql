(
    -- Whether a span is one that `selector` names, by all of what it names.
{% if selector.service %}
    match(ServiceName, {{ selector.service | whole | literal }}) AND
{% endif %}
{% if selector.method %}
    match(
        coalesce(
            nullIf(SpanAttributes['http.request.method'], ''), nullIf(SpanAttributes['http.method'], ''),
            nullIf(SpanAttributes['rpc.method'], ''), extract(SpanName, '^(?:HTTP )?([A-Z]+)(?: |$)')),
        {{ selector.method | whole_of_any_case | literal }}) AND
{% endif %}
{% if selector.user_agent %}
    match(
        if(SpanAttributes['user_agent.original'] != '',
            SpanAttributes['user_agent.original'], SpanAttributes['http.user_agent']),
        {{ selector.user_agent | whole | literal }}) AND
{% endif %}
{% for key, value in selector.attributes | items %}
    match(
        if(SpanAttributes[{{ key | literal }}] != '',
            SpanAttributes[{{ key | literal }}], ResourceAttributes[{{ key | literal }}]),
        {{ value | whole | literal }}) AND
{% endfor %}
{% if selector.route %}
{% set routes = [selector.route] %}
    {%+ include "_spans/asks_for.sql" %} AND
{% endif %}
    true
)
