-- Purpose: the stored catalog: each shape's pattern.
-- Columns:
--   shape_id UInt64  the shape
--   pattern_id UInt64  its pattern
-- Reads: kulprit_current_shape_patterns
SELECT shape_id, pattern_id
FROM kulprit_current_shape_patterns
ORDER BY shape_id
