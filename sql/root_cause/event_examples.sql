-- Purpose: a message of each of a few log events, and when the event was seen: what stands behind the ids of
--   log_request_scores.
-- Params:
{% include "sources/_params.sql" +%}
--   services Array(String)  the events' services
--   events Array(UInt64)  their ids, in the same order
-- Columns:
--   service String  the service
--   event UInt64  the event's id
--   example String  the message that shows it first in the window, or else last before it
--   severity String  that message's severity
--   first_in_window DateTime64(9, 'UTC')  when the window shows it first, 1970 if it does not
--   last_before DateTime64(9, 'UTC')  when the history showed it last, 1970 if it did not
-- Reads: {{ logs.table | name }}
-- Calls: kulprit_shape
WITH
{% include "sources/_question_lines.sql" +%}
    wanted AS
    (
        SELECT
            service, event,
            minIf(at, is_current) AS first_at,
            maxIf(at, NOT is_current) AS last_at,
            if(first_at > 0, first_at, last_at) AS example_at
        FROM
        (
            SELECT service::String AS service, arrayJoin(events) AS event, at,
                at >= toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')}) AS is_current
            FROM question_lines
            WHERE service IN {services:Array(String)}
              AND at < toUnixTimestamp64Nano({to:DateTime64(9, 'UTC')})
        )
        WHERE (service, event) IN
            (SELECT arrayJoin(arrayZip({services:Array(String)}, {events:Array(UInt64)})))
        GROUP BY service, event
    )

SELECT
    service,
    event,
    toValidUTF8(substring(min(body), 1, 2048)) AS example,
    argMin(severity, body) AS severity,
    fromUnixTimestamp64Nano(any(first_at), 'UTC') AS first_in_window,
    fromUnixTimestamp64Nano(any(last_at), 'UTC') AS last_before
FROM
(
    SELECT service, at, body, severity, arrayJoin(arrayMap(shape -> cityHash64(site, shape), shapes)) AS event
    FROM
    (
        SELECT
            {{ logs.service | ident }}::String AS service,
            {{ logs.body | ident }}::String AS body,
            {%+ include "_logs/level.sql" %} AS severity,
            toUnixTimestamp64Nano(toDateTime64({{ logs.timestamp | ident }}, 9)) AS at,
{% include "root_cause/_log_event.sql" +%}

        FROM {{ source("logs") }}
        WHERE {{ logs.service | ident }} IN {services:Array(String)}
          AND {{ logs.timestamp | ident }} >= {history_from:DateTime64(9, 'UTC')}
          AND {{ logs.timestamp | ident }} < {to:DateTime64(9, 'UTC')}
              {{- pruned("logs", "{history_from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
          AND toUnixTimestamp64Nano(toDateTime64({{ logs.timestamp | ident }}, 9)) IN (SELECT example_at FROM wanted)
    )
) AS lines
INNER JOIN wanted ON lines.service = wanted.service AND lines.event = wanted.event AND lines.at = wanted.example_at
GROUP BY service, event
ORDER BY service, event
{% include "sources/_once.sql" +%}
