SELECT
    trace, visit, service, name, started, ms, failed,
    transform(peer::String, {peers:Array(String)}, {targets:Array(String)}, peer::String)::LowCardinality(String)
        AS target,
    (target IN {called:Array(String)})::UInt8 AS is_known,
{% include "sources/_block.sql" +%}
FROM question_spans
WHERE is_unanswered
{% include "sources/_within.sql" +%}
