-- Purpose: what kulprit_changes makes of a small question, to hold against what this version of Kulprit makes of it.
-- Params:
--   services Array(String)  the service of each pattern
--   pattern_ids Array(UInt64)  their ids
--   current Array(UInt64)  their lines in the current window
--   baseline Array(UInt64)  their lines in the baseline window, which is as long, and in the only slice of the past
-- Columns:
--   pattern_id UInt64  a pattern, the best explanation first
--   status String  what became of it
--   kl_contribution Float64  its share of the divergence
--   g2 Float64  Dunning's G squared
--   strength Float64  the evidence
--   q_value Float64  the false discovery rate
-- Reads:
-- Calls: kulprit_changes
SELECT
    change.pattern_id AS pattern_id,
    change.status AS status,
    change.kl_contribution AS kl_contribution,
    change.g2 AS g2,
    change.strength AS strength,
    change.q_value AS q_value
FROM
(
    SELECT kulprit_changes(
        {services:Array(String)},
        {pattern_ids:Array(UInt64)},
        {pattern_ids:Array(UInt64)},
        arrayMap(id -> toUInt64(0), {pattern_ids:Array(UInt64)}),
        []::Array(Array(String)),
        {current:Array(UInt64)},
        arrayMap(lines -> [lines], {baseline:Array(UInt64)}),
        arrayMap(lines -> [lines], {baseline:Array(UInt64)}),
        [toUInt64(60), 60, 100]) AS changes
)
ARRAY JOIN changes AS change
