-- Purpose: whether the user may have temporary tables, into which servers are read in place. One line a privilege.
-- Reads:
CHECK GRANT
    CREATE TEMPORARY TABLE ON *.*,
    TABLE ENGINE ON Memory,
    CREATE ARBITRARY TEMPORARY TABLE ON *.*,
    TABLE ENGINE ON ReplacingMergeTree
