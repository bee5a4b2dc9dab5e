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
SELECT
    trace, id, parent, visit, service, name AS endpoint, started, ms,
    failed OR failed_inside AS failed,
    if(parent_service = service, '', parent_service) AS caller,
    parent_kind AS caller_kind,
    parent_started AS caller_started,
    parent_ms AS caller_ms,
    is_stream, weight,
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
WHERE is_request
  AND started >= toUnixTimestamp64Nano({history_from:DateTime64(9, 'UTC')})
  AND started < toUnixTimestamp64Nano({settled_to:DateTime64(9, 'UTC')})
  -- around the start of the window the history's traces are drawn as everywhere in the history
  AND (started >= window_from OR trace % {one_in:UInt64} = 0)
