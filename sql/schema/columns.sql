-- Purpose: the columns that tables of the current database have.
-- Params:
--   tables Array(String)  the tables' names
-- Columns:
--   table String  the table
--   name String  the column
--   type String  its type
-- Reads: system.columns
SELECT table, name, type
FROM system.columns
WHERE database = currentDatabase() AND table IN {tables:Array(String)}
ORDER BY table, position
