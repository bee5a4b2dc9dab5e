-- Purpose: the calls that no span answers, by what they wait for: a database, a third party, or a service that is
--   silent. Kept for one question in a session's table, `question_calls`.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the history before the window
--   one_in UInt64  how many traces of the history there are for each that is read; 1 reads all
--   settled_to DateTime64(9, 'UTC')  calls that began from here on are left out
--   peers Array(String)  what calls name
--   targets Array(String)  what each of these is: a service, or else the same
--   called Array(String)  the services among them
-- Columns:
-- Reads:
CREATE OR REPLACE TEMPORARY TABLE question_calls AS
{% include "sources/_calls.sql" +%}
