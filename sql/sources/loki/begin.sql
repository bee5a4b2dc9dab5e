-- Purpose: the pages that one question reads of Loki, as they come. Kept for it in a session's table.
-- Params:
-- Columns:
-- Reads:
CREATE OR REPLACE TEMPORARY TABLE loki_pages
(
    json String,
    -- which pages came together
    batch UInt64,
    lines UInt64,
    -- the first and the last of its lines, in nanoseconds since 1970
    first_at Int64,
    last_at Int64,
    -- lines before this are all there: a full page may lack some of its last instant
    until Int64,
    -- how many those are
    whole_lines UInt64
)
