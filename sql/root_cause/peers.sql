-- Purpose: what calls name, and the service that it is, where it is one: an address whose answered calls lead to one
--   service is that service, and so is one that bears its name.
-- Params:
{% include "sources/_params_of_spans.sql" +%}
-- Columns:
--   peer String  what calls name
--   target String  the service, or else the same
--   is_known Bool  whether it is a service
-- Reads: otel_traces
WITH
{% include "sources/_question_spans.sql" +%}
    named AS
    (
        SELECT
            arrayJoin(groupUniqArrayIf(peer::String, peer != '')) AS peer,
            -- the first label of a host's name, without a port
            extract(peer, '([A-Za-z0-9_-]+)[A-Za-z0-9_.-]*(?::[0-9]+)?$') AS label,
            has(groupUniqArray(service::String), label) AS has_label
        FROM question_spans
    ),

    led AS
    (
        SELECT peer, argMax(callee, times) AS callee
        FROM
        (
            SELECT calls.peer::String AS peer, answers.service::String AS callee, count() AS times
            FROM (SELECT parent AS id, service FROM question_spans WHERE is_request AND parent_kind = 2) AS answers
            INNER JOIN (SELECT id, peer FROM question_read WHERE kind = 2 AND peer != '') AS calls USING (id)
            GROUP BY peer, callee
        )
        GROUP BY peer
        HAVING max(times) >= 0.9 * sum(times)
    )

SELECT
    named.peer AS peer,
    multiIf(led.callee != '', led.callee, has_label, label, named.peer) AS target,
    (led.callee != '' OR has_label)::Bool AS is_known
FROM named LEFT ANY JOIN led USING (peer)
ORDER BY peer
{% include "sources/_once.sql" +%}
