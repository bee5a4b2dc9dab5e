-- Purpose: the columns of a table.
-- Params:
--   database String  its database; empty means the current one
--   table String  its name
-- Columns:
--   name String  the column
--   type String  its type
-- Reads: system.columns
SELECT name, type
FROM system.columns
WHERE database = if({database:String} = '', currentDatabase(), {database:String}) AND table = {table:String}
ORDER BY position
