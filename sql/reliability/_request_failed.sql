(StatusCode IN ('Error', 'STATUS_CODE_ERROR', 'ERROR', 'error')
            OR toUInt16OrZero(SpanAttributes['http.response.status_code']) >= 500
            OR toUInt16OrZero(SpanAttributes['http.status_code']) >= 500
            -- the gRPC codes that are the server's fault: unknown, deadline exceeded, unimplemented, internal, unavailable, data loss
            OR SpanAttributes['rpc.grpc.status_code'] IN ('2', '4', '12', '13', '14', '15'))