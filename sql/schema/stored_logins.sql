-- Purpose: Kulprit's dictionaries that hold a user and a password of their own, as its first versions made them, and
--   that can do without: the named collection by which they would log in is there, as far as the user may see it.
-- Columns:
--   name String  the dictionary
-- Reads: system.tables, system.named_collections
SELECT name
FROM system.tables
WHERE database = currentDatabase()
    AND engine = 'Dictionary'
    AND startsWith(name, 'kulprit_')
    AND position(create_table_query, ' PASSWORD ') > 0
    AND 'kulprit_lookup' IN (SELECT name FROM system.named_collections)
ORDER BY name
