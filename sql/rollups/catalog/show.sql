-- Purpose: one pattern, service by service, with real messages. An id that was replaced shows its successor.
-- Params:
--   pattern_id UInt64  the pattern
-- Columns:
--   pattern_id UInt64  the pattern in use
--   template String  its text
--   name String  its name, if it has one
--   ignored UInt8  whether rankings leave it out
--   service String  a service that logs it
--   shapes UInt64  how many shapes of it the service logs
--   first_seen DateTime64(9, 'UTC')  the service's earliest line of it
--   last_seen DateTime64(9, 'UTC')  the service's latest line of it
--   samples Array(String)  up to six of its messages
-- Reads: kulprit_shapes, kulprit_current_shape_patterns, kulprit_current_patterns
WITH
    -- the pattern in use behind the id
    coalesce(nullIf((SELECT replaced_by FROM kulprit_current_patterns WHERE pattern_id = {pattern_id:UInt64}), 0),
        {pattern_id:UInt64}) AS wanted

SELECT
    assigned.pattern_id AS pattern_id,
    toValidUTF8(any(described.template)) AS template,
    any(described.name) AS name,
    any(described.ignored) AS ignored,
    seen.service::String AS service,
    uniqExact(seen.shape_id) AS shapes,
    min(seen.first_seen)::DateTime64(9, 'UTC') AS first_seen,
    max(seen.last_seen)::DateTime64(9, 'UTC') AS last_seen,
    arrayMap(
        sample -> toValidUTF8(sample::String),
        arraySlice(
            arraySort(arrayDistinct(arrayConcat(groupArray(3)(seen.sample_min), groupArray(3)(seen.sample_max)))),
            1, 6)) AS samples
FROM kulprit_shapes AS seen
INNER JOIN kulprit_current_shape_patterns AS assigned ON assigned.shape_id = seen.shape_id
LEFT JOIN kulprit_current_patterns AS described ON described.pattern_id = assigned.pattern_id
WHERE assigned.pattern_id = wanted
GROUP BY pattern_id, service
ORDER BY service
