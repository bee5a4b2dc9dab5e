-- Purpose: Kulprit's dictionaries that hold a user and a password of their own, as its first versions made them.
-- Columns:
--   name String  the dictionary
-- Reads: system.tables
SELECT name
FROM system.tables
WHERE database = currentDatabase()
    AND engine = 'Dictionary'
    AND startsWith(name, 'kulprit_')
    AND position(create_table_query, ' PASSWORD ') > 0
ORDER BY name
