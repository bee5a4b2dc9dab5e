-- Purpose: how many lines were read of Loki.
-- Params:
-- Columns:
--   lines UInt64  how many lines there are in the pages, each once
-- Reads: loki_pages
SELECT sum(whole_lines) AS lines
FROM loki_pages
