-- Purpose: which tables, views and dictionaries are in a database, and of which kind they are.
-- Params:
--   database String  the database; empty means the current one
-- Columns:
--   name String  the table
--   engine String  its engine
-- Reads: system.tables
SELECT name, engine
FROM system.tables
WHERE database = if({database:String} = '', currentDatabase(), {database:String})
ORDER BY name
