(
    -- What a call waits for, by what the caller says of it: a name, or a kind of system and an address.
    if(NOT {% include "_spans/call_kind.sql" %}, '',
        trimBoth(concat(
            coalesce(
                nullIf(SpanAttributes['db.system.name'], ''),
                nullIf(SpanAttributes['db.system'], ''),
                SpanAttributes['messaging.system']),
            ' ',
            coalesce(
                nullIf(SpanAttributes['peer.service'], ''),
                nullIf(SpanAttributes['messaging.destination.name'], ''),
                nullIf(SpanAttributes['server.address'], ''),
                nullIf(SpanAttributes['net.peer.name'], ''),
                nullIf(domain(if(SpanAttributes['url.full'] = '',
                    SpanAttributes['http.url'], SpanAttributes['url.full'])), ''),
                nullIf(SpanAttributes['db.namespace'], ''),
                SpanAttributes['db.name'])
        )))
)
