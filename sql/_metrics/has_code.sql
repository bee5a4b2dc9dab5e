(
    -- Whether the code of a stream's requests is one of `codes`.
{% if codes | http_codes %}
    match(http_status, {{ codes | http_codes | literal }}) OR
{% endif %}
{% for code in codes | grpc_codes %}
    grpc_status = {{ code | literal }} OR
{% endfor %}
    false
)
