-- Purpose: the stored patterns, those that were replaced among them.
-- Columns:
--   pattern_id UInt64  the pattern
--   template String  its text
--   name String  its name, if it was made by hand
--   ignored UInt8  whether a rule of the configuration leaves it out of rankings
--   replaced_by UInt64  the pattern that took over; 0 while it is in use
-- Reads: kulprit_patterns
SELECT pattern_id, template, name, ignored, replaced_by
FROM kulprit_patterns FINAL
ORDER BY pattern_id
