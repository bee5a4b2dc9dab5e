-- Purpose: whether a database is there, as far as the user may see it.
-- Params:
--   database String  its name
-- Columns:
--   found UInt64  1 where it is there, else 0
-- Reads: system.databases
SELECT count() AS found
FROM system.databases
WHERE name = {database:String}
