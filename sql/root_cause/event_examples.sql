-- Purpose: a message of each of a few log events, and when the event was seen: what stands behind the ids of
--   log_request_scores.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the history before the window
--   one_in UInt64  how many traces there are for each that is read; 1 reads all
--   services Array(String)  the events' services
--   sites Array(String)  their source positions, in the same order
--   shapes Array(UInt64)  their ids of masked texts or first words, or 0, in the same order
-- Columns:
--   service String  the service
--   site String  the event's source position, empty where its lines name none
--   shape UInt64  the id of its masked text, or of its first words where its lines name no position; 0 for any text at
--      that position
--   example String  one of its messages
--   severity String  that message's severity
--   first_in_window DateTime64(9, 'UTC')  when the window shows it first, 1970 if it does not
--   last_before DateTime64(9, 'UTC')  when the history showed it last, 1970 if it did not
-- Reads: {{ logs.table | name }}
-- Calls: kulprit_shape
SELECT
    service,
    site,
    shape,
    toValidUTF8(substring(max(body), 1, 2048)) AS example,
    argMax(severity, body) AS severity,
    minIf(at, at >= {from:DateTime64(9, 'UTC')})::DateTime64(9, 'UTC') AS first_in_window,
    maxIf(at, at < {from:DateTime64(9, 'UTC')})::DateTime64(9, 'UTC') AS last_before
FROM
(
    SELECT
        {{ logs.service | ident }}::String AS service,
        {{ logs.body | ident }}::String AS body,
        {{ logs.severity | ident }}::String AS severity,
        {{ logs.timestamp | ident }} AS at,
{% include "root_cause/_log_event.sql" +%}

    FROM {{ source("logs") }}
    WHERE {{ logs.service | ident }} IN {services:Array(String)}
{% include "root_cause/_log_window.sql" +%}
)
WHERE (service, site, shape) IN
(
    SELECT event.1, event.2, event.3
    FROM
    (
        SELECT arrayJoin(arrayMap(
            i -> ({services:Array(String)}[i], {sites:Array(String)}[i], {shapes:Array(UInt64)}[i]),
            arrayEnumerate({services:Array(String)})
        )) AS event
    )
)
GROUP BY service, site, shape
ORDER BY service, site, shape
