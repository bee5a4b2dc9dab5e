-- A point marked as stale carries 0 where a scrape failed: that is no value.
bitAnd(Flags, 1) = 0
