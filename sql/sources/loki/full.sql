-- Purpose: which pages of a batch may have left lines out, by the first and the last line in each.
-- Params:
--   batch UInt64  the number of the pages
--   full_at UInt64  a page with so many lines may have left some out
-- Columns:
--   first_at Int64  when the page's first line was written, in nanoseconds since 1970
--   last_at Int64  when its last line was
-- Reads: loki_pages
SELECT first_at, last_at
FROM loki_pages
WHERE batch = {batch:UInt64} AND lines >= {full_at:UInt64}
ORDER BY first_at
