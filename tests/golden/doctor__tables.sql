-- Purpose: which tables, views and dictionaries are in a database, and what each view feeds on.
-- Params:
--   database String  the database; empty means the current one
-- Columns:
--   name String  the table
--   definer String  as whom a view writes; empty when it has none
--   views Array(String)  the materialised views that an insert into it feeds, as database.view
-- Reads: system.tables
SELECT
    name,
    toString(definer) AS definer,
    arrayMap((database, view) -> concat(database, '.', view), dependencies_database, dependencies_table) AS views
FROM system.tables
WHERE database = if({database:String} = '', currentDatabase(), {database:String})
ORDER BY name
