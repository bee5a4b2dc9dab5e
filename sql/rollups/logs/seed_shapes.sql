-- Purpose: records the shapes of the newest lines that were there before Kulprit came, so that answers group them by
--   pattern at once.
-- Params:
--   since DateTime('UTC')  the first minute to look at
-- Reads: {{ logs.table | name }}
-- Calls: kulprit_shape, kulprit_shape_text
INSERT INTO kulprit_shapes (service, shape_id, text, sample_min, sample_max, first_seen, last_seen)
WITH {%+ include "_logs/said.sql" %} AS said
SELECT
{% include "rollups/logs/_shape_columns.sql" +%}
FROM {{ source("logs") }}
WHERE {{ logs.timestamp | ident }} >= {since:DateTime('UTC')}{{ pruned("logs", "{since:DateTime('UTC')}", none) }}
GROUP BY service, shape_id
