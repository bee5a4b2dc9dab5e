-- Purpose: the same spans with the service and kind of their parents, and whether each is a request. Kept for one
--   question in a session's table, `question_spans`.
-- Params:
--   services_with_kinds Array(String)  the services whose spans say that they serve requests
-- Columns:
-- Reads:
CREATE OR REPLACE TEMPORARY TABLE question_spans AS
SELECT
    trace, id, parent, visit, service, name, kind, started, ms, failed, is_ignored, is_stream, weight, peer,
    parent_service, parent_kind, parent_started, parent_ms,
    -- Whether it is a request that its service served; the rules are those of sql/_spans/is_request.sql.
    ((parent = 0
        OR kind = 1 AND NOT (parent_service = service AND parent_kind != 2)
        OR kind != 2 AND parent_service != service AND service NOT IN {services_with_kinds:Array(String)})
        AND NOT is_ignored
    )::UInt8 AS is_request,
    -- whether the span of a server or consumer that is one request with it failed
    has(failed_inside_of, service) AS failed_inside,
    -- whether it is a call that no span answers, and not the outside of another call
    (kind = 2 AND answered_id = 0 AND peer != '')::UInt8 AS is_unanswered
FROM question_read AS own
LEFT ANY JOIN
(
    SELECT id AS parent, service AS parent_service, kind AS parent_kind, started AS parent_started, ms AS parent_ms
    FROM question_read
) AS above USING (parent)
LEFT ANY JOIN
(
    SELECT parent AS answered_id, groupUniqArrayIf(service, kind = 1 AND failed) AS failed_inside_of
    FROM question_read
    WHERE parent != 0 AND kind != 0
    GROUP BY parent
) AS below ON own.id = below.answered_id
