(
    (ParentSpanId = '' OR {% include "_spans/request_kind.sql" %})
    AND NOT {% include "_spans/is_ignored.sql" +%}
)
