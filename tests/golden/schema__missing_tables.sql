-- Purpose: which of the named tables, views and dictionaries are not there (or may not be seen).
-- Params:
--   tables Array(String)  names, with or without their database
-- Columns:
--   table String  the name as it was given
-- Reads: system.tables
SELECT arrayJoin({tables:Array(String)}) AS table
WHERE (if(table LIKE '%.%', splitByChar('.', table)[1], currentDatabase()), splitByChar('.', table)[-1])
    NOT IN (SELECT database, name FROM system.tables)
ORDER BY table
