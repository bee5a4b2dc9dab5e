{% set selectors = requests.streams %}
(
    -- Whether a request lasts as long as somebody listens. Of what is over in a tenth of a second nobody need ask.
    ifNull(toInt64(Duration), 0) >= 100000000 AND (
        {% include "_spans/http_status.sql" %} = 101
        OR SpanAttributes['url.scheme'] IN ('ws', 'wss')
        OR match(concat(SpanAttributes['url.full'], SpanAttributes['http.url']), '^wss?:')
        OR match(SpanAttributes['http.request.header.upgrade'], '(?i)websocket')
        OR match(
            concat(SpanAttributes['http.response.header.content-type'], SpanAttributes['http.request.header.accept']),
            'text/event-stream')
        OR {% include "_spans/is_any_of.sql" %})
)
