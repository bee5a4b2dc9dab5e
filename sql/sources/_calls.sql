SELECT
    trace, visit, service, name, started, ms, failed,
    transform(peer::String, {peers:Array(String)}, {targets:Array(String)}, peer::String)::LowCardinality(String)
        AS target,
    (target IN {called:Array(String)})::UInt8 AS is_known,
{% include "sources/_block.sql" +%}
FROM question_spans
WHERE is_unanswered
  -- what a request calls that is left out is left out with it
  AND visit NOT IN (SELECT visit FROM question_spans WHERE is_ignored)
{% include "sources/_within.sql" +%}
