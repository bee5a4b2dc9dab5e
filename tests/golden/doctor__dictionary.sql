-- Purpose: whether the shape dictionary can read its source. The key is a fresh one, so that nothing remembered answers.
-- Columns:
--   text String  nothing: no service has such a name
-- Reads: kulprit_shape_dictionary
SELECT dictGet('kulprit_shape_dictionary', 'text', (toString(generateUUIDv4()), toUInt64(0))) AS text
