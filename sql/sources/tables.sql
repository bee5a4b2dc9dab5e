-- Purpose: the keys by which tables that telemetry is read from are sorted and cut into partitions.
-- Params:
--   databases Array(String)  the database of each table; empty means the current one
--   tables Array(String)  the tables
-- Columns:
--   place UInt64  which of the tables, from 1 on
--   sorting_key String  what its rows are sorted by; empty where it holds none itself
--   partition_key String  what its parts are cut by
--   engine String  what keeps it
--   time_zone String  the server's, in which times without a zone of their own are rounded
-- Reads: system.tables
SELECT
    indexOf(
        arrayZip(
            arrayMap(name -> if(name = '', currentDatabase(), name), {databases:Array(String)}),
            {tables:Array(String)}),
        (database, name)) AS place,
    sorting_key,
    partition_key,
    engine,
    serverTimeZone() AS time_zone
FROM system.tables
WHERE name IN {tables:Array(String)}
  AND database IN arrayMap(name -> if(name = '', currentDatabase(), name), {databases:Array(String)})
  AND place > 0
ORDER BY place
