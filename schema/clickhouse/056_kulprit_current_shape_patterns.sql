-- Purpose: kulprit_shape_patterns with one row a shape, for the dictionary to read.
CREATE VIEW IF NOT EXISTS kulprit_current_shape_patterns{{ on_cluster }} AS
SELECT shape_id, argMax(pattern_id, updated_at) AS pattern_id
FROM kulprit_shape_patterns
GROUP BY shape_id
