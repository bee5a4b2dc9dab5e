-- Purpose: of lines at ERROR or worse in some minutes, each pattern with its lines and whether the catalog knows it
--   from before the window; and of services as a whole, as pattern 0, whether it knows any message from before. Asked
--   only where an answer has patterns that are too rare to be tested, or services without a past.
-- Params:
--   current_from DateTime64(9, 'UTC')  start of the current window, inclusive
--   current_to DateTime64(9, 'UTC')  end of the current window, exclusive
--   services Array(String)  the services
--   minutes Array(UInt64)  the minutes in which such patterns have lines, as seconds since 1970
-- Columns:
--   service String  the service
--   pattern_id UInt64  the pattern; 0 stands for the service
--   lines UInt64  its lines at ERROR or worse in those minutes
--   is_known UInt8  1 where the catalog knows it from before the window
-- Reads: {{ logs.table | name }}, kulprit_shapes, kulprit_pattern_of_shape
-- Calls: kulprit_shape
WITH
    {current_from:DateTime64(9, 'UTC')} AS current_from,
    {current_to:DateTime64(9, 'UTC')} AS current_to,

    minutes AS (SELECT toDateTime(arrayJoin({minutes:Array(UInt64)}), 'UTC') AS minute),

    known AS
    (
        SELECT
            service::String AS service,
            dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', shape_id, shape_id) AS pattern_id
        FROM kulprit_shapes
        WHERE service IN {services:Array(String)} AND first_seen < current_from
    ),

    -- a line without a level is as grave as its message says
    grave AS
    (
        WITH
            {{ logs.timestamp | ident }} AS logged,
            kulprit_shape({%+ include "_logs/said.sql" %}) AS shape_id
        SELECT
            {{ logs.service | ident }}::String AS service,
            dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', shape_id, shape_id) AS pattern_id
        FROM {{ source("logs") }} AS stored
        WHERE logged >= current_from AND logged < current_to{{ pruned("logs", "current_from", "current_to") }}
          AND toStartOfMinute(toDateTime(logged, 'UTC')) IN (SELECT minute FROM minutes)
            {{- pruned_minutes("logs", "minutes") }}
          AND stored.{{ logs.service | ident }} IN {services:Array(String)}
          AND {%+ include "_logs/is_error.sql" +%}
    )

SELECT service, pattern_id, count() AS lines,
    ((service, pattern_id) IN (SELECT service, pattern_id FROM known)) AS is_known
FROM grave
GROUP BY service, pattern_id
UNION ALL
SELECT DISTINCT service, toUInt64(0), toUInt64(0), toUInt8(1)
FROM known
