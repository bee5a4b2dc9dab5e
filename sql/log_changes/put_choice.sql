-- Purpose: stores what an org has decided about a pattern, in place of what it had decided before.
-- Params:
--   org String  the organisation
--   pattern_id UInt64  the pattern
--   ignored UInt8  whether the org's rankings leave it out
--   name String  what the org calls it; empty where it has no name
--   pattern String  its text, as an answer showed it
-- Reads:
-- Calls:
INSERT INTO kulprit_org_choices (org, pattern_id, ignored, name, pattern)
SELECT {org:String}, {pattern_id:UInt64}, {ignored:UInt8}, {name:String}, {pattern:String}
