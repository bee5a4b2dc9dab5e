-- Purpose: how far what each service's requests do changed (spans inside them, services called, failures of their own),
--   and how far calls to what sends no spans did, for the window and for each block of the history. What a request does
--   counts once in it.
-- Params:
{% include "sources/_params_of_requests.sql" +%}
-- Columns:
--   service String  the service, or what is called and sends no spans
--   block Int64  0 is the window, 1, 2, ... the stretches before it
--   score Float64  the largest G of its events: G is chi-squared with one degree of freedom when nothing changed
--   tests UInt64  how many it is the largest of
--   best Array(Tuple(String, Tuple(String, String), UInt64, UInt64, UInt64, UInt64))  of the window (empty for the
--      stretches before it) the events that changed most, at most six: endpoint (or the caller), event (span, call,
--      failure, refused or silent; and the name of the span, or the service called), requests of the block that show it
--      of how many, requests of the history that show it of how many
-- Reads: otel_traces
WITH
{% include "sources/_question.sql" +%}
{% include "root_cause/_visits.sql" +%}

    visits AS
    (
        SELECT visit, service, endpoint, block FROM all_visits
        UNION ALL
        -- What sends no spans is asked for by calls: each is a request of its own, told apart by the caller. So are all
        -- calls to a service, of which some may find it silent.
        SELECT cityHash64(visit, target), target, if(is_known, 'any', service::String), min(block)
        FROM question_calls
        GROUP BY visit, target, is_known, service
        UNION ALL
        SELECT cityHash64(cityHash64(trace, caller), service), service, 'any', min(block)
        FROM question_requests
        WHERE caller != '' AND service IN {called:Array(String)}
        GROUP BY trace, caller, service
    ),

    -- what of each service in each trace called something that failed
    let_down AS
    (
        SELECT arrayJoin(arrayConcat(
            if(failed AND is_unanswered, [visit], []),
            if(is_request AND (failed OR failed_inside), [cityHash64(trace, parent_service)], []))) AS visit
        FROM question_spans
    ),

    -- what a request may show
    events AS
    (
        SELECT DISTINCT shows.1 AS visit, shows.2 AS event
        FROM
        (
            SELECT
                transform(peer::String, {peers:Array(String)}, {targets:Array(String)}, peer::String) AS target,
                arrayJoin(arrayConcat(
                    if(kind != 1 AND parent != 0, [(visit, cityHash64('span', name))], []),
                    if(is_request AND parent_service NOT IN ('', service),
                        [(cityHash64(trace, parent_service), cityHash64('call', service))], []),
                    -- a failure is the service's own when nothing that it called in this trace failed
                    if(failed AND visit NOT IN (SELECT visit FROM let_down),
                        [(visit, cityHash64('failure', name))], []),
                    if(failed AND is_unanswered,
                        [(cityHash64(visit, target), if(target IN {called:Array(String)},
                            cityHash64('silent', service), cityHash64('refused', name)))], [])
                )) AS shows
            FROM question_spans
        )
    ),

    -- of the window's events alone, so that not each row carries all names
    names AS
    (
        SELECT
            toInt64(0) AS block,
            arrayConcat(
                arrayFlatten(arrayMap(
                    name -> [('span', name), ('failure', name), ('refused', name)], groupUniqArray(name::String))),
                arrayFlatten(arrayMap(
                    name -> [('call', name), ('silent', name)], groupUniqArray(service::String)))) AS named,
            arrayMap(what -> cityHash64(what.1, what.2), named) AS hashes
        FROM question_spans
    ),

{% include "root_cause/_request_events.sql" +%}

{% include "root_cause/_event_scores.sql" +%}

SELECT
    service, block, score, tests,
    arrayMap(found -> (found.1, named[indexOf(hashes, found.2)], found.3, found.4, found.5, found.6), best) AS best
FROM scores LEFT JOIN names USING (block)
ORDER BY service, block
{% include "sources/_once.sql" +%}
