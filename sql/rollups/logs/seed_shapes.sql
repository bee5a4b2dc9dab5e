-- Purpose: records the shapes of the newest lines that were there before Kulprit came, so that answers group them by
--   pattern at once.
-- Params:
--   since DateTime('UTC')  the first minute to look at
-- Reads: {{ logs.table | name }}
-- Calls: kulprit_shape, kulprit_shape_text
INSERT INTO kulprit_shapes (service, shape_id, text, sample_min, sample_max, first_seen, last_seen)
WITH {%+ include "_logs/said.sql" %} AS said
SELECT
    {{ logs.service | ident }}::String AS service,
    kulprit_shape(said) AS shape_id,
    kulprit_shape_text(substring(min(said), 1, 65536)) AS text,
    substring(min({{ logs.body | ident }}), 1, 2048) AS sample_min,
    substring(max({{ logs.body | ident }}), 1, 2048) AS sample_max,
    min({{ logs.timestamp | ident }}) AS first_seen,
    max({{ logs.timestamp | ident }}) AS last_seen
FROM {{ source("logs") }}
WHERE {{ logs.timestamp | ident }} >= {since:DateTime('UTC')}{{ pruned("logs", "{since:DateTime('UTC')}", none) }}
GROUP BY service, shape_id
