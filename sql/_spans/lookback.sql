toIntervalMinute(5)
