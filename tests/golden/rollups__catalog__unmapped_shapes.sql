-- Purpose: shapes that no pattern is assigned to yet, with how many lines they have.
-- Params:
--   all Bool  every shape rather than those without a pattern
-- Columns:
--   shape_id UInt64  the shape
--   text String  its masked text
--   lines UInt64  lines rolled up so far
-- Reads: kulprit_shapes, kulprit_shape_patterns, kulprit_log_minutes
WITH
    -- the shapes asked for, once each whatever the number of services that log them
    wanted AS
    (
        SELECT shape_id, min(text)::String AS text
        FROM kulprit_shapes
        WHERE {all:Bool} OR shape_id NOT IN (SELECT shape_id FROM kulprit_shape_patterns)
        GROUP BY shape_id
    ),

    -- their lines in the rollup
    counted AS
    (
        SELECT shape_id, sum(lines) AS lines
        FROM kulprit_log_minutes
        ARRAY JOIN shapesMap.shape_id AS shape_id, shapesMap.lines AS lines
        WHERE shape_id IN (SELECT shape_id FROM wanted)
        GROUP BY shape_id
    )

SELECT wanted.shape_id AS shape_id, wanted.text AS text, toUInt64(greatest(counted.lines, 1)) AS lines
FROM wanted
LEFT JOIN counted ON counted.shape_id = wanted.shape_id
ORDER BY shape_id
