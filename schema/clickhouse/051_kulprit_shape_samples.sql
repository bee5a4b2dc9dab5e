-- Purpose: kulprit_shapes with one row a shape and service, for the dictionary to read.
CREATE VIEW IF NOT EXISTS kulprit_shape_samples{{ on_cluster }} AS
SELECT
    toString(service) AS service,
    shape_id,
    min(text) AS text,
    min(sample_min) AS sample_min,
    max(sample_max) AS sample_max
FROM kulprit_shapes
GROUP BY service, shape_id
