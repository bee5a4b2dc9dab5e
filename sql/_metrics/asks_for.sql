match(
    -- whether the route of the requests that a point counts is one of `routes`
    concat(
{% for key in ["http.route", "http_route", "url.path", "http.target", "http_target", "route", "path", "uri", "handler",
    "endpoint", "span.name", "span_name"] %}
        Attributes[{{ key | literal }}], '\n',
{% endfor %}
        coalesce(nullIf(Attributes['rpc.service'], ''), nullIf(Attributes['rpc_service'], ''),
            Attributes['grpc_service']),
        '/',
        coalesce(nullIf(Attributes['rpc.method'], ''), nullIf(Attributes['rpc_method'], ''),
            Attributes['grpc_method'])),
    {{ routes | line_of_route | literal }})
