(
    -- Whether a span's code is one of `codes`.
{% if codes | http_codes %}
    match(toString({% include "_spans/http_status.sql" %}), {{ codes | http_codes | literal }}) OR
{% endif %}
{% for code in codes | grpc_codes %}
    {% include "_spans/grpc_status.sql" %} = {{ code | literal }} OR
{% endfor %}
    false
)
