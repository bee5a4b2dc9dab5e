-- Purpose: the files of which something is stored, and how far, those read last at the end.
-- Params:
--   target String  the table that they were stored in
-- Columns:
--   id String  the file
--   path String  where it was last
--   device UInt64  its device
--   inode UInt64  its inode
--   head String  length and hash of its first bytes, as JSON
--   stored String  how far it is stored, as JSON
--   sending String  the batch on its way, as JSON; empty if there is none
--   is_empty UInt8  whether the table has been emptied since
-- Reads: kulprit_file_positions, system.tables
WITH (
    SELECT any(total_rows) FROM system.tables WHERE database = currentDatabase() AND name = {target:String}
) AS rows
SELECT id, path, device, inode, head, stored, sending, ifNull(rows = 0, 0) AS is_empty
FROM kulprit_file_positions FINAL
WHERE target = {target:String}
ORDER BY updated_at
