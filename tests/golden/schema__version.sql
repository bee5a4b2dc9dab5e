-- Purpose: the version of the server that answers.
-- Columns:
--   version String  such as 26.7.3.1
-- Reads:
SELECT version() AS version
