-- Purpose: makes the new catalog count at once rather than within seconds: which pattern a shape belongs to.
-- Reads: kulprit_pattern_of_shape
SYSTEM RELOAD DICTIONARY kulprit_pattern_of_shape
