-- Purpose: each pattern once, with what people have decided about it laid over what the catalog says; an id that was replaced shows its
-- successor's template.
CREATE VIEW IF NOT EXISTS kulprit_current_patterns{{ on_cluster }} AS
SELECT
    patterns.pattern_id AS pattern_id,
    patterns.template AS template,
    if(choices.name != '', choices.name, patterns.name) AS name,
    greatest(patterns.ignored, choices.ignored) AS ignored,
    patterns.replaced_by AS replaced_by
FROM kulprit_patterns AS patterns FINAL
LEFT JOIN (SELECT pattern_id, ignored, name FROM kulprit_pattern_choices FINAL) AS choices ON choices.pattern_id = patterns.pattern_id
