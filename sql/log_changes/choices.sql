-- Purpose: what an org has decided about patterns: what it calls them, and which its rankings leave out. A decision
--   about a pattern that another one has replaced since counts for that one.
-- Params:
--   org String  the organisation
--   most UInt32  the number of decisions to return
-- Columns:
--   pattern_id UInt64  the pattern in use
--   ignored UInt8  whether the org's rankings leave it out
--   name String  what the org calls it; empty where it has no name
--   pattern String  its text when somebody decided about it
-- Reads: kulprit_org_choices, kulprit_patterns
WITH
    decided AS
    (
        SELECT pattern_id, ignored, name, pattern, updated_at
        FROM kulprit_org_choices FINAL
        WHERE org = {org:String}
    ),

    -- the patterns that took over
    replaced AS
    (
        SELECT pattern_id, argMax(replaced_by, updated_at) AS successor
        FROM kulprit_patterns
        WHERE pattern_id IN (SELECT pattern_id FROM decided)
        GROUP BY pattern_id
    )

SELECT
    if(replaced.successor = 0, decided.pattern_id, replaced.successor) AS pattern_id,
    argMax(decided.ignored, decided.updated_at) AS ignored,
    argMax(decided.name, decided.updated_at) AS name,
    argMax(decided.pattern, decided.updated_at) AS pattern
FROM decided
LEFT JOIN replaced ON replaced.pattern_id = decided.pattern_id
GROUP BY pattern_id
HAVING ignored = 1 OR name != ''
ORDER BY pattern_id
LIMIT {most:UInt32}
