-- Purpose: the tables, views and dictionaries of the current database that are Kulprit's, those first on which no
--   others depend.
-- Columns:
--   table String  the name
--   is_dictionary Bool  whether it is a dictionary
-- Reads: system.tables
SELECT name AS table, (engine = 'Dictionary')::Bool AS is_dictionary
FROM system.tables
WHERE database = currentDatabase() AND (startsWith(name, 'kulprit_') OR name = 'metric_log_streams')
ORDER BY multiIf(engine = 'MaterializedView', 0, engine = 'Dictionary', 1, engine = 'View', 2, 3), name
