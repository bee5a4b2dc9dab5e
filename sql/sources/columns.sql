-- Purpose: the columns of tables that telemetry is read from.
-- Params:
--   databases Array(String)  the database of each table; empty means the current one
--   tables Array(String)  the tables
-- Columns:
--   place UInt64  which of the tables, from 1 on
--   name String  the column
--   type String  its type
--   computed String  what it is computed from where a row does not say otherwise; empty for none
-- Reads: system.columns
SELECT
    indexOf(
        arrayZip(
            arrayMap(name -> if(name = '', currentDatabase(), name), {databases:Array(String)}),
            {tables:Array(String)}),
        (database, table)) AS place,
    name,
    type,
    default_expression AS computed
FROM system.columns
WHERE table IN {tables:Array(String)}
  AND database IN arrayMap(name -> if(name = '', currentDatabase(), name), {databases:Array(String)})
  AND place > 0
ORDER BY place, position
