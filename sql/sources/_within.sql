  AND started >= toUnixTimestamp64Nano({history_from:DateTime64(9, 'UTC')})
  AND started < toUnixTimestamp64Nano({settled_to:DateTime64(9, 'UTC')})
  -- around the start of the window the history's traces are drawn as everywhere in the history
  AND (started >= window_from OR trace % {one_in:UInt64} = 0)
