-- Purpose: what the executable functions make of one message, to hold against what this version of Kulprit makes of it.
-- Params:
--   message String  the message
-- Columns:
--   shape UInt64  its shape's id
--   text String  its masked text
-- Reads:
-- Calls: kulprit_shape, kulprit_shape_text
SELECT
    kulprit_shape({message:String}) AS shape,
    kulprit_shape_text({message:String}) AS text
