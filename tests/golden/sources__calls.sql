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
SELECT
    trace, visit, service, name, started, ms, failed,
    transform(peer::String, {peers:Array(String)}, {targets:Array(String)}, peer::String)::LowCardinality(String)
        AS target,
    (target IN {called:Array(String)})::UInt8 AS is_known,
    -- the window is block 0; the history behind it is cut into blocks of the same length, 1 the nearest, at most about
    -- a hundred
    toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')}) AS window_from,
    greatest(
        toUnixTimestamp64Nano({to:DateTime64(9, 'UTC')}) - window_from,
        intDiv(window_from - toUnixTimestamp64Nano({history_from:DateTime64(9, 'UTC')}), 100),
        1
    ) AS block_length,
    if(started >= window_from, 0, 1 + intDiv(window_from - 1 - started, block_length)) AS block
FROM question_spans
WHERE is_unanswered
  -- what a request calls that is left out is left out with it
  AND visit NOT IN (SELECT visit FROM question_spans WHERE is_ignored)
  AND started >= toUnixTimestamp64Nano({history_from:DateTime64(9, 'UTC')})
  AND started < toUnixTimestamp64Nano({settled_to:DateTime64(9, 'UTC')})
  -- around the start of the window the history's traces are drawn as everywhere in the history
  AND (started >= window_from OR trace % {one_in:UInt64} = 0)
