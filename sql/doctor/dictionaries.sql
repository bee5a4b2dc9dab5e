-- Purpose: whether the dictionaries can read their sources. Of the one that remembers, a fresh key is asked, so that
--   nothing remembered answers.
-- Columns:
--   text String  nothing: no service has such a name
--   pattern UInt64  0: no message has that shape
--   template String  always empty: all that counts is that it can be read
-- Reads: kulprit_shape_dictionary, kulprit_pattern_of_shape, kulprit_pattern_dictionary
SELECT
    dictGet('kulprit_shape_dictionary', 'text', (toString(generateUUIDv4()), toUInt64(0))) AS text,
    dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', toUInt64(0), toUInt64(0)) AS pattern,
    dictGet('kulprit_pattern_dictionary', 'template', toUInt64(0)) AS template
