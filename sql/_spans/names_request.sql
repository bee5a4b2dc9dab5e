(ParentSpanId = '' OR {% include "_spans/request_kind.sql" %})
