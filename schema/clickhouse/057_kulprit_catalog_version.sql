-- Purpose: changes whenever the catalog or a decision about it does, so that dictionaries know when to load anew.
CREATE VIEW IF NOT EXISTS kulprit_catalog_version{{ on_cluster }} AS
SELECT greatest(
    (SELECT max(updated_at) FROM kulprit_shape_patterns),
    (SELECT max(updated_at) FROM kulprit_patterns),
    (SELECT max(updated_at) FROM kulprit_pattern_choices)) AS version
