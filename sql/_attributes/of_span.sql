{#
The attributes of a span as Array(Tuple(source, key, value)), likewise, but for those that say that it failed.
#}
arrayConcat(
    arrayMap(pair -> ('resource', pair.1, pair.2), ResourceAttributes::Array(Tuple(String, String))),
    arrayFilter(
        attribute -> NOT match(attribute.2,
            concat('^((error|exception|otel\\.status)([._].*)?|response_flags|rpc\\.connect_rpc\\.error_code|',
                '(http|grpc|(http|rpc)\\.response|rpc\\.grpc)\\.status_code)$')),
        arrayMap(pair -> ('span', pair.1, pair.2), SpanAttributes::Array(Tuple(String, String)))),
    [('column', 'service', ServiceName::String), ('column', 'endpoint', SpanName::String)])
