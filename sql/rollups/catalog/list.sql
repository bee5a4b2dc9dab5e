-- Purpose: the patterns in use, the busiest first: text, name, lines, services, when first and last seen.
-- Params:
--   service String  only patterns that this service logs; empty means all
--   like String  only patterns whose template holds this text; empty means all
--   limit UInt32  the number of patterns to return
-- Columns:
--   pattern_id UInt64  the pattern
--   template String  its text
--   name String  its name, if it has one
--   ignored UInt8  whether rankings leave it out
--   shapes UInt64  how many shapes it has
--   services Array(String)  the services that log it
--   lines UInt64  lines rolled up so far
--   first_seen DateTime64(9, 'UTC')  the earliest line
--   last_seen DateTime64(9, 'UTC')  the latest line
-- Reads: kulprit_shapes, kulprit_current_shape_patterns, kulprit_current_patterns, kulprit_log_minutes
WITH
    -- lines of each shape in the rollup
    counted AS
    (
        SELECT shape_id, sum(lines) AS lines
        FROM kulprit_log_minutes
        ARRAY JOIN shapesMap.shape_id AS shape_id, shapesMap.lines AS lines
        GROUP BY shape_id
    ),

    -- what each shape brings to its pattern
    seen AS
    (
        SELECT shape_id, groupUniqArray(service::String) AS services, min(first_seen) AS first_seen,
            max(last_seen) AS last_seen
        FROM kulprit_shapes
        GROUP BY shape_id
    )

SELECT
    assigned.pattern_id AS pattern_id,
    toValidUTF8(any(described.template)) AS template,
    any(described.name) AS name,
    any(described.ignored) AS ignored,
    count() AS shapes,
    arraySort(groupUniqArrayArray(seen.services)) AS services,
    toUInt64(greatest(sum(counted.lines), 0)) AS lines,
    min(seen.first_seen)::DateTime64(9, 'UTC') AS first_seen,
    max(seen.last_seen)::DateTime64(9, 'UTC') AS last_seen
FROM kulprit_current_shape_patterns AS assigned
INNER JOIN seen ON seen.shape_id = assigned.shape_id
LEFT JOIN counted ON counted.shape_id = assigned.shape_id
LEFT JOIN kulprit_current_patterns AS described ON described.pattern_id = assigned.pattern_id
GROUP BY pattern_id
HAVING ({service:String} = '' OR has(services, {service:String}))
    AND ({like:String} = '' OR positionCaseInsensitive(template, {like:String}) > 0)
ORDER BY lines DESC, pattern_id
LIMIT {limit:UInt32}
