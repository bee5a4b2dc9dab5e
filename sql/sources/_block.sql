    -- the window is block 0; the history behind it is cut into blocks of the same length, 1 the nearest, at most about
    -- a hundred
    toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')}) AS window_from,
    greatest(
        toUnixTimestamp64Nano({to:DateTime64(9, 'UTC')}) - window_from,
        intDiv(window_from - toUnixTimestamp64Nano({history_from:DateTime64(9, 'UTC')}), 100),
        1
    ) AS block_length,
    if(started >= window_from, 0, 1 + intDiv(window_from - 1 - started, block_length)) AS block
