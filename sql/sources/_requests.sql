SELECT
    trace, id, parent, visit, service, name AS endpoint, started, ms,
    failed OR failed_inside AS failed,
    if(parent_service = service, '', parent_service) AS caller,
    parent_kind AS caller_kind,
    parent_started AS caller_started,
    parent_ms AS caller_ms,
    is_stream, weight,
{% include "sources/_block.sql" +%}
FROM question_spans
WHERE is_request
{% include "sources/_within.sql" +%}
