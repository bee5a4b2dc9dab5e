-- Purpose: a hash of the parts that a table has: where it is the same as before, nothing came and nothing went.
-- Params:
--   database String  the table's database; empty means the current one
--   table String  the table's name
-- Columns:
--   state UInt64  the hash; 0 for a table without parts
-- Reads: system.parts
SELECT groupBitXor(cityHash64(name, hash_of_all_files)) AS state
FROM system.parts
WHERE active
    AND database = if({database:String} = '', currentDatabase(), {database:String})
    AND table = {table:String}
