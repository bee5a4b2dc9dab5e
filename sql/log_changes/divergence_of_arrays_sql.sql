-- Purpose: how the counts of two windows differ, pattern by pattern, in plain SQL.
-- Params:
--   current Array(UInt64)  counts in the current window, one for each pattern of either window
--   baseline Array(UInt64)  counts of the same patterns in the baseline window
-- Columns:
--   scores Array(Tuple(kl Float64, relative_change Float64, g2 Float64, p_value Float64, q_value Float64))  one element
--      a pattern, in the order given
-- Reads:
-- Calls:
WITH

-- One row a pattern. Arrays of different length end the statement here (SIZES_OF_ARRAYS_DONT_MATCH).
counted AS (
    SELECT place, current_count, baseline_count
    FROM (SELECT 1)
    ARRAY JOIN
        {current:Array(UInt64)} AS current_count,
        {baseline:Array(UInt64)} AS baseline_count,
        arrayEnumerate({current:Array(UInt64)}) AS place
),

{% include "log_changes/_scores_sql.sql" +%}

-- Back into one array, in the order given.
SELECT
    arrayMap(
        placed -> placed.2,
        arraySort(groupArray((place, (kl_contribution, relative_change, g2, p_value, q_value))))
    )::Array(Tuple(kl Float64, relative_change Float64, g2 Float64, p_value Float64, q_value Float64)) AS scores
FROM scored
