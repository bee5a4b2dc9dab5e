-- Purpose: makes the new catalog count at once rather than within seconds: the patterns' texts and what people decided
--   about them.
-- Reads: kulprit_pattern_dictionary
SYSTEM RELOAD DICTIONARY kulprit_pattern_dictionary
