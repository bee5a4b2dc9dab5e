-- Purpose: what the table is parted by that a batch belongs in.
-- Params:
--   target String  the table
-- Columns:
--   partition_key String  as ClickHouse words it; empty for none
-- Reads: system.tables
SELECT partition_key FROM system.tables WHERE database = currentDatabase() AND name = {target:String}
