(StatusCode IN ('Error', 'STATUS_CODE_ERROR', 'ERROR', 'error')
    OR toUInt16OrZero(SpanAttributes['http.response.status_code']) >= 500
    OR toUInt16OrZero(SpanAttributes['http.status_code']) >= 500
    -- the gRPC codes that are the server's fault, by number or name
    OR lower(replaceAll(
        if(SpanAttributes['rpc.response.status_code'] = '',
            SpanAttributes['rpc.grpc.status_code'],
            SpanAttributes['rpc.response.status_code']),
        '_', '')) IN {% include "_spans/grpc_failures.sql" %})
