-- Purpose: how the counts of two windows differ, pattern by pattern, by the executable function.
-- Params:
--   current Array(UInt64)  counts in the current window, one for each pattern of either window
--   baseline Array(UInt64)  counts of the same patterns in the baseline window
-- Columns:
--   scores Array(Tuple(kl Float64, relative_change Float64, g2 Float64, p_value Float64, q_value Float64))  one element
--      a pattern, in the order given
-- Reads:
-- Calls: kulprit_divergence
SELECT kulprit_divergence({current:Array(UInt64)}, {baseline:Array(UInt64)}) AS scores
