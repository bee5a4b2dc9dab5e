-- Purpose: makes deleted texts and messages go at once from what answers look up.
-- Reads: kulprit_shape_dictionary
SYSTEM RELOAD DICTIONARY kulprit_shape_dictionary
