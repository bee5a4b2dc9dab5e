-- Purpose: whether the user may answer from the log table alone, by plain SQL. One line a privilege.
-- Reads:
CHECK GRANT
    SELECT ON {{ logs.table | ident }}
