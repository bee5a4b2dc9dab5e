greatest(toInt64(Duration), 0)
