-- Purpose: the versions of Kulprit's functions that the server's executable has.
-- Params:
--   names Array(String)  the functions
-- Columns:
--   name String  the function
--   version UInt64  its version; 0 where the executable knows no such function
-- Reads:
-- Calls: kulprit_version
SELECT name, kulprit_version(name) AS version
FROM (SELECT arrayJoin({names:Array(String)}) AS name)
ORDER BY name
