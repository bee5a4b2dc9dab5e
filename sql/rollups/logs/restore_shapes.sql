-- Purpose: records the shapes anew that rollups/logs/forget_shapes has deleted, from the newest minutes outside the
--   stretch in which a service has them.
-- Params:
--   first_minute DateTime('UTC')  the first minute of the stretch
--   last_minute DateTime('UTC')  the last minute of the stretch
-- Reads: kulprit_log_minutes, {{ logs.table | name }}
-- Calls: kulprit_shape, kulprit_shape_text
INSERT INTO kulprit_shapes (service, shape_id, text, sample_min, sample_max, first_seen, last_seen)
WITH
    {%+ include "_logs/said.sql" %} AS said,

    -- what was forgotten, with the newest minutes that still have it
    kept AS
    (
        SELECT service, minute, shape_id, min(minute) OVER (PARTITION BY service, shape_id) AS since
        FROM
        (
            SELECT service::String AS service, minute, shape_id
            FROM kulprit_log_minutes
            ARRAY JOIN shapesMap.shape_id AS shape_id, shapesMap.lines AS lines
            WHERE (minute < {first_minute:DateTime('UTC')} OR minute > {last_minute:DateTime('UTC')})
                AND (service, shape_id) IN
                (
                    SELECT service, shape_id
                    FROM kulprit_log_minutes
                    ARRAY JOIN shapesMap.shape_id AS shape_id
                    WHERE minute >= {first_minute:DateTime('UTC')} AND minute <= {last_minute:DateTime('UTC')}
                )
            GROUP BY service, minute, shape_id
            HAVING sum(lines) > 0
        )
        ORDER BY minute DESC
        LIMIT 2 BY service, shape_id
    )

SELECT service, shape_id, text, sample_min, sample_max, least(first_seen, since::DateTime64(9, 'UTC')), last_seen
FROM
(
    SELECT
{% include "rollups/logs/_shape_columns.sql" +%}
    FROM {{ source("logs") }}
    WHERE (service, toStartOfMinute(toDateTime({{ logs.timestamp | ident }}, 'UTC')))
            IN (SELECT service, minute FROM kept)
        {{- pruned_minutes("logs", "kept") }}
    GROUP BY service, shape_id
) AS found
INNER JOIN (SELECT DISTINCT service, shape_id, since FROM kept) AS wanted USING (service, shape_id)
