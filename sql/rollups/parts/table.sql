-- Purpose: what kind of table a table is: only those of the MergeTree family have parts, by which changes are noticed.
-- Params:
--   database String  the table's database; empty means the current one
--   table String  the table's name
-- Columns:
--   engine String  its engine
-- Reads: system.tables
SELECT engine
FROM system.tables
WHERE database = if({database:String} = '', currentDatabase(), {database:String}) AND name = {table:String}
