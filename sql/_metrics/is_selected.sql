(
    -- Whether the requests that a point counts are those that `selector` names, by all of what it names. What a metric
    -- does not tell is not what is named.
{% if selector.service %}
    match(ServiceName, {{ selector.service | whole | literal }}) AND
{% endif %}
{% if selector.route %}
{% set routes = [selector.route] %}
    {%+ include "_metrics/asks_for.sql" %} AND
{% endif %}
{% if selector.method %}
    match(
        coalesce(
{% for key in ["http.request.method", "http_request_method", "http.method", "http_method", "method", "rpc.method",
    "rpc_method", "grpc_method"] %}
            nullIf(Attributes[{{ key | literal }}], ''),
{% endfor %}
            ''),
        {{ selector.method | whole_of_any_case | literal }}) AND
{% endif %}
{% if selector.user_agent %}
    match(
        coalesce(nullIf(Attributes['user_agent.original'], ''), nullIf(Attributes['http_user_agent'], ''),
            Attributes['user_agent']),
        {{ selector.user_agent | whole | literal }}) AND
{% endif %}
{% for key, value in selector.attributes | items %}
    match(
        coalesce(
            nullIf(Attributes[{{ key | literal }}], ''), nullIf(Attributes[{{ key | underscored | literal }}], ''),
            ResourceAttributes[{{ key | literal }}]),
        {{ value | whole | literal }}) AND
{% endfor %}
    true
)
