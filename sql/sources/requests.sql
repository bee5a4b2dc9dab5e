-- Purpose: the requests among them, by the block of time in which they began. Kept for one question in a session's
--   table, `question_requests`.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the history before the window
--   one_in UInt64  how many traces of the history there are for each that is read; 1 reads all
--   settled_to DateTime64(9, 'UTC')  requests that began from here on are left out
-- Columns:
-- Reads:
CREATE OR REPLACE TEMPORARY TABLE question_requests AS
{% include "sources/_requests.sql" +%}
