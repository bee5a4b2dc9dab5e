-- Purpose: records what somebody decided about a pattern; what is not given stays as it was.
-- Params:
--   pattern_id UInt64  the pattern
--   ignored UInt8  whether rankings leave it out; 2 leaves that as it was
--   name String  what to call it
--   renamed Bool  whether the name is to change
-- Reads: kulprit_pattern_choices
INSERT INTO kulprit_pattern_choices (pattern_id, ignored, name)
WITH
    (SELECT ignored FROM kulprit_pattern_choices FINAL WHERE pattern_id = {pattern_id:UInt64}) AS ignored_before,
    (SELECT name FROM kulprit_pattern_choices FINAL WHERE pattern_id = {pattern_id:UInt64}) AS name_before
SELECT
    {pattern_id:UInt64},
    if({ignored:UInt8} = 2, ifNull(ignored_before, 0), {ignored:UInt8}),
    if({renamed:Bool}, {name:String}, ifNull(name_before, ''))
