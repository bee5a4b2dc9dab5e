-- Purpose: the tables and views that the user may see, with their columns, to find log tables of well-known makes.
-- Columns:
--   database String  the table's database
--   table String  its name
--   columns Array(String)  its columns
-- Reads: system.columns
SELECT database, table, groupArray(name) AS columns
FROM system.columns
WHERE database NOT IN ('system', 'information_schema', 'INFORMATION_SCHEMA') AND NOT startsWith(table, 'kulprit_')
GROUP BY database, table
HAVING hasAny(columns, ['body', 'Body', 'message', 'log_message'])
ORDER BY database, table
